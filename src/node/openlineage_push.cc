// OpenLineage events to a collector, by HTTP.
#include "base/log.h"
#include "http/client.h"
#include "node/lineage.h"

namespace braid::node {
namespace {

const std::string position_group = "_braid_openlineage_push";
constexpr io::Milliseconds answer_patience{10'000}, first_pause{1'000}, longest_pause{60'000}, follow_patience{60'000};
constexpr int refusals_max = 3;   // of one event, for what a receiver may mend (429); then it is left out

class Push final : public OpenLineagePush {
 public:
  Push(eventlog::EventLog& log, http::Url url, std::shared_ptr<const io::TlsClient> tls, Metrics& metrics)
      : log_(log), url_(std::move(url)), tls_(std::move(tls)), sent_(metrics.counter("braid_openlineage_sent_total", "OpenLineage events that the collector has taken.")),
        failed_(metrics.counter("braid_openlineage_failures_total", "Attempts to send an OpenLineage event that failed.")),
        dropped_(metrics.counter("braid_openlineage_refused_total", "OpenLineage events that the collector refused; they are left out.")) {}

  io::Task<void> stop() override {
    if (reader_) reader_->close();
    stopping_.notify_all();
    co_await gate_.close();
  }

  io::Task<void> run() {
    const auto pass = gate_.enter();
    if (!pass) co_return;
    while (!gate_.closed()) {
      const auto ended = co_await follow();
      if (gate_.closed()) break;
      if (!ended) trouble(ended.error().message);
      co_await stopping_.wait(io::after(longest_pause));
    }
  }

 private:
  io::Task<Result<void>> follow() {
    const eventlog::TopicPartition place{std::string(mesh::Lineage::events_topic), PartitionId{0}};
    CO_TRY(const auto bounds, co_await log_.bounds(place));
    CO_TRY(const auto committed, co_await log_.committed(position_group));
    Offset at = bounds.earliest;
    if (const auto it = committed.find(place); it != committed.end()) at = std::clamp(it->second, bounds.earliest, bounds.end);
    std::vector<std::pair<eventlog::TopicPartition, Offset>> from{{place, at}};
    CO_TRY(reader_, log_.reader(std::move(from)));
    while (!gate_.closed()) {
      CO_TRY(const auto chunks, co_await reader_->next(io::after(follow_patience)));
      for (const auto& chunk : chunks) {
        for (const auto& record : chunk.records) {
          if (!record.value) continue;
          Bytes event(*record.value);
          co_await deliver(std::move(event));
          if (gate_.closed()) co_return Result<void>{};
        }
        std::map<eventlog::TopicPartition, Offset> position{{place, chunk.next}};
        CO_TRY_VOID(co_await log_.commit(position_group, std::move(position)));
      }
    }
    co_return Result<void>{};
  }

  // Until it is taken, refused for good, or the node stops.
  io::Task<void> deliver(Bytes event) {
    auto pause = first_pause;
    int refusals = 0;
    while (!gate_.closed()) {
      if (!client_) client_ = std::make_unique<http::Client>(url_, tls_);
      http::ClientRequest request;
      request.method = "POST";
      request.target = url_.path.empty() ? "/" : "";   // behind the base path, which is all of it
      request.headers.add("Content-Type", "application/json");
      request.body = event;
      const auto answer = co_await client_->call(std::move(request), io::after(answer_patience));
      if (answer && answer->status < 300) {
        if (!trouble_.empty()) log::info("openlineage_push_works_again", {{"url", url_.host}});
        trouble_.clear();
        sent_.add();
        co_return;
      }
      failed_.add();
      const bool refused = answer && answer->status >= 400 && answer->status < 500;
      if (refused && (answer->status != 429 || ++refusals >= refusals_max)) {
        dropped_.add();
        trouble("the collector answers " + std::to_string(answer->status) + ": " + std::string(answer->body.substr(0, 200)));
        co_return;
      }
      trouble(answer ? "the collector answers " + std::to_string(answer->status) : answer.error().message);
      client_.reset();
      co_await stopping_.wait(io::after(pause));
      pause = std::min(pause * 2, longest_pause);
    }
  }

  void trouble(const std::string& what) {   // once per kind of trouble
    if (what != trouble_) log::warn("openlineage_push_failed", {{"host", url_.host}, {"port", url_.port}, {"reason", what}});
    trouble_ = what;
  }

  eventlog::EventLog& log_;
  http::Url url_;
  std::shared_ptr<const io::TlsClient> tls_;   // shared by all that connects to others; null: the system's authorities
  Counter &sent_, &failed_, &dropped_;
  std::unique_ptr<http::Client> client_;
  std::unique_ptr<eventlog::Reader> reader_;
  std::string trouble_;
  io::Notifier stopping_;
  io::Gate gate_;
};

}  // namespace

Result<std::unique_ptr<OpenLineagePush>> OpenLineagePush::start(eventlog::EventLog& log, std::string url, std::shared_ptr<const io::TlsClient> tls, Metrics& metrics) {
  auto parsed = http::parse_url(url);
  if (!parsed) return std::unexpected(std::move(parsed).error().during("openlineage_url"));
  auto push = std::make_unique<Push>(log, *std::move(parsed), std::move(tls), metrics);
  io::Shard::current()->spawn(push->run());
  return push;
}

}  // namespace braid::node
