// Opening the registry over the log. Apart from the rest so that tests over a journal in memory need no log.
#include "registry/registry.h"

namespace braid::registry {

static io::Task<Result<std::unique_ptr<eventlog::Journal>>> open_journal(eventlog::EventLog* log, std::string topic, eventlog::Journal::Apply apply) {
  eventlog::TopicSpec spec;
  spec.name = std::move(topic);
  spec.partitions = 1;
  spec.cleanup = eventlog::Cleanup::compact;
  co_return co_await eventlog::Journal::open(*log, std::move(spec), std::move(apply));
}

io::Task<Result<std::unique_ptr<Registry>>> Registry::open(eventlog::EventLog& log, Metrics& metrics, Options options) {
  OpenJournal open = [&log, topic = std::move(options.topic)](eventlog::Journal::Apply apply) { return open_journal(&log, topic, std::move(apply)); };
  co_return co_await open_on(std::move(open), metrics);
}

}  // namespace braid::registry
