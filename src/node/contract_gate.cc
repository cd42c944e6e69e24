#include "node/contract_gate.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>

#include "base/limits/schemas.h"
#include "base/log.h"
#include "io/sync.h"
#include "registry/admission.h"
#include "registry/identity.h"
#include "storage/log.h"

namespace braid::node {
namespace {

using storage::ContractConfig;
using Action = ContractConfig::Action;

constexpr std::int64_t audit_every_ms = 60'000;
constexpr std::string_view value_header = "__value_schema_id", key_header = "__key_schema_id";   // as Confluent's HeaderSchemaIdSerializer names them

std::string_view name_of(Action action) { return action == Action::refuse ? "refused" : action == Action::divert ? "diverted" : "counted"; }

struct Fault {
  Action action = Action::count;
  std::string reason, rule, subject;
};

// One record's key or value with the id that stands in front of it or in its header.
struct Framed {
  std::optional<registry::Frame> frame;
  BytesView body;                                  // what the schema describes; of Protobuf the message indexes in front
  std::optional<BytesView> indexes;                // they came in the header
};

Framed framed(BytesView bytes, std::string_view header_name, std::span<const wire::RecordHeader> headers) {
  Framed out;
  for (const auto& header : headers)
    if (header.name == header_name && header.value) {
      out.frame = registry::frame_of(*header.value);
      if (out.frame) {
        out.body = bytes;
        out.indexes = out.frame->rest;
        return out;
      }
    }
  out.frame = registry::frame_of(bytes);
  if (out.frame) out.body = out.frame->rest;
  return out;
}

struct TopicNumbers {
  Counter* checked = nullptr;
  std::array<Counter*, 3> by_action{};             // indexed by Action
};

// What a shard remembers. Touched there only.
struct ShardState {
  struct Key {
    Uuid topic;
    bool key = false;
    std::int32_t id = 0;
    registry::Guid guid{};
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Known {
    std::shared_ptr<const ContractConfig> contract;   // it was asked for these settings
    registry::AdmissionPtr admission;
  };
  std::uint64_t changes = 0;                       // of the registry, when all this was asked
  std::map<Key, Known> known;
  std::map<std::string, TopicNumbers, std::less<>> numbers;
};

struct Seen {                                      // of one topic, on the control shard
  struct One { std::int64_t at_ms; Action action; std::int32_t partition, record; std::string reason; };
  std::deque<One> newest;
  std::int64_t audited_ms = 0;
  std::uint64_t unaudited = 0;
  std::string first_reason;
};

class GateImpl final : public ContractGate {
 public:
  GateImpl(io::Shards& shards, Metrics& metrics, const Clock& clock) : shards_(shards), metrics_(metrics), clock_(clock) {
    for (int i = 0; i < shards.size(); ++i) states_.push_back(std::make_unique<ShardState>());
  }

  void attach(registry::Registry& registry) override { registry_.store(&registry, std::memory_order_release); }
  void attach(mesh::AuditSink& audit) override { audit_ = &audit; }
  io::Task<void> detach() override {
    registry_.store(nullptr, std::memory_order_release);
    audit_ = nullptr;
    co_await recording_.close();
  }

  json::object report(const std::string& topic) const override {
    json::object out;
    const auto count = [&](const char* name, std::string_view action) {
      out[name] = std::uint64_t(metrics_.counter(counted_name, counted_help, {{"topic", topic}, {"action", std::string(action)}}).value());
    };
    out["checked"] = std::uint64_t(metrics_.counter(checked_name, checked_help, {{"topic", topic}}).value());
    count("refused", "refused");
    count("diverted", "diverted");
    count("counted", "counted");
    json::array newest;
    if (const auto it = seen_.find(topic); it != seen_.end())
      for (const auto& one : it->second.newest)
        newest.push_back(json::object{{"at", iso8601(one.at_ms)}, {"action", name_of(one.action)}, {"partition", one.partition}, {"record", one.record}, {"reason", one.reason}});
    out["newest"] = std::move(newest);
    return out;
  }

  io::Task<storage::LogResult<storage::RecordVerdict>> judge(storage::TopicPtr topic, PartitionId partition, wire::BatchView batch) override {
    auto* registry = registry_.load(std::memory_order_acquire);
    if (registry == nullptr)
      co_return storage::refuse(storage::Reason::stopping, "topic " + topic->name + " has a contract, and the registry that knows it is not there yet", "try again in a moment");
    const auto contract = topic->config.contract;
    Bytes scratch;
    std::vector<wire::RecordRef> records;
    std::vector<wire::RecordHeader> headers;
    auto reader = wire::RecordReader::open(batch, scratch);
    if (!reader) co_return std::unexpected(storage::Failure(std::move(reader).error()));
    for (wire::RecordRef record;;) {
      auto more = reader->next(record, headers);
      if (!more) co_return std::unexpected(storage::Failure(std::move(more).error()));
      if (!*more) break;
      records.push_back(record);
    }
    auto learning = learn(*registry, topic, contract, records, headers);
    auto admissions = co_await std::move(learning);

    storage::RecordVerdict verdict;
    std::vector<std::pair<std::int32_t, Fault>> faults;
    std::uint64_t counts[3] = {};
    for (std::size_t i = 0; i < records.size(); ++i) {
      auto fault = judge_one(*topic, *contract, records[i], headers, admissions);
      if (!fault) continue;
      ++counts[std::size_t(fault->action)];
      faults.emplace_back(std::int32_t(i), *std::move(fault));
    }
    auto& numbers = numbers_of(topic->name);
    numbers.checked->add(double(records.size()));
    if (faults.empty()) co_return verdict;
    if (counts[std::size_t(Action::refuse)] > 0) {
      for (const auto& [index, fault] : faults)
        if (fault.action == Action::refuse && verdict.refused.size() < limits::contract_reasons_max) verdict.refused.push_back({index, fault.reason});
      counts[std::size_t(Action::divert)] = 0;     // nothing of the batch is written, so nothing is diverted either
    } else if (counts[std::size_t(Action::divert)] > 0) {
      auto diverted = divert(*topic, partition, *contract, records, headers, faults, verdict);
      if (!diverted) co_return std::unexpected(storage::Failure(std::move(diverted).error()));
    }
    for (std::size_t a = 0; a < 3; ++a)
      if (counts[a] > 0) numbers.by_action[a]->add(double(counts[a]));
    tell(topic->name, partition, counts, faults);
    co_return verdict;
  }

 private:
  using Admissions = std::map<ShardState::Key, registry::AdmissionPtr>;

  static constexpr const char* checked_name = "braid_contract_records_checked_total";
  static constexpr const char* checked_help = "Records that the contract gate has looked into.";
  static constexpr const char* counted_name = "braid_contract_records_broken_total";
  static constexpr const char* counted_help = "Records that broke their topic's contract, by what was done about it.";

  static ShardState::Key key_of(const storage::Topic& topic, bool key, const registry::Frame& frame) {
    ShardState::Key out{topic.id, key, frame.id ? frame.id->value : 0, {}};
    if (frame.guid) out.guid = *frame.guid;
    return out;
  }

  template <class F> static void each_side(const ContractConfig& contract, const wire::RecordRef& record, const std::vector<wire::RecordHeader>& headers, F f) {
    const std::span<const wire::RecordHeader> own(headers.data() + record.headers_begin, record.headers_count);
    if (contract.key.on && record.key) f(true, *record.key, framed(*record.key, key_header, own));
    if (contract.value.on && record.value) f(false, *record.value, framed(*record.value, value_header, own));   // a tombstone says nothing
  }

  // What the registry says to each schema that the batch names: remembered here, or asked once.
  io::Task<Admissions> learn(registry::Registry& registry, storage::TopicPtr topic, std::shared_ptr<const ContractConfig> contract, const std::vector<wire::RecordRef>& records,
                             const std::vector<wire::RecordHeader>& headers) {
    auto& here = *states_[std::size_t(io::Shard::current()->index())];
    const auto changes = registry.changes();
    if (here.changes != changes || here.known.size() > limits::contract_schemas_max) here.known.clear();
    here.changes = changes;
    Admissions out;
    std::vector<ShardState::Key> missing;
    for (const auto& record : records)
      each_side(*contract, record, headers, [&](bool key, BytesView, const Framed& side) {
        if (!side.frame) return;
        const auto wanted = key_of(*topic, key, *side.frame);
        if (out.contains(wanted)) return;
        const auto known = here.known.find(wanted);
        if (known != here.known.end() && known->second.contract == contract) {
          out.emplace(wanted, known->second.admission);
        } else {
          out.emplace(wanted, nullptr);
          missing.push_back(wanted);
        }
      });
    if (missing.empty()) co_return out;
    auto* asked = &registry;
    auto asking = shards_.control().on([asked, topic, contract, missing] { return ask(*asked, topic, contract, missing); });
    const auto answers = co_await std::move(asking);
    for (std::size_t i = 0; i < missing.size(); ++i) {
      out[missing[i]] = answers[i];
      if (here.changes == changes) here.known[missing[i]] = {contract, answers[i]};
    }
    co_return out;
  }

  static io::Task<std::vector<registry::AdmissionPtr>> ask(registry::Registry& registry, storage::TopicPtr topic, std::shared_ptr<const ContractConfig> contract,
                                                           std::vector<ShardState::Key> wanted) {
    std::vector<registry::AdmissionPtr> out;
    for (const auto& one : wanted) {
      const auto& side = one.key ? contract->key : contract->value;
      registry::AdmissionQuery query;
      query.topic = topic->name;
      query.key = one.key;
      query.strategy = registry::SubjectStrategy(side.subject);
      query.options.structure = contract->payload;
      query.options.rules = contract->rules;
      const bool by_guid = one.guid != registry::Guid{};
      if (!by_guid) {
        auto expecting = registry.expect(SchemaId{one.id});
        co_await std::move(expecting);
      }
      const auto id = by_guid ? std::nullopt : std::optional(SchemaId{one.id});
      const auto guid = by_guid ? std::optional(one.guid) : std::nullopt;
      auto admission = registry::admit(registry, query, id, guid);
      if (!admission.fault.empty() && registry.remote()) {   // an id that is known may have been registered for this subject a moment ago
        auto refreshing = registry.refresh(topic->name + (one.key ? "-key" : "-value"));
        const auto refreshed = co_await std::move(refreshing);
        if (refreshed) admission = registry::admit(registry, query, id, guid);
        else admission.fault += "; the registry that this node uses could not be asked: " + refreshed.error().message;
      }
      out.push_back(std::make_shared<const registry::Admission>(std::move(admission)));
    }
    co_return out;
  }

  std::optional<Fault> judge_one(const storage::Topic& topic, const ContractConfig& contract, const wire::RecordRef& record, const std::vector<wire::RecordHeader>& headers,
                                 const Admissions& admissions) const {
    std::optional<Fault> worst;
    std::size_t more = 0;
    const auto blame = [&](Action asked, std::string reason, std::string rule, const std::string& subject) {
      const Action action = std::min(asked, contract.action);
      if (worst) ++more;
      if (!worst || action > worst->action) worst = Fault{action, std::move(reason), std::move(rule), subject};
    };
    each_side(contract, record, headers, [&](bool key, BytesView bytes, const Framed& side) {
      const std::string what = key ? "key" : "value";
      if (!side.frame) {
        const std::string seen = bytes.empty() ? "it is empty" : "its first byte is " + std::to_string(int(std::uint8_t(bytes[0]))) + (bytes.size() < 5 ? " and it has " + std::to_string(bytes.size()) + " bytes" : "");
        return blame(Action::refuse, "the " + what + " carries no schema id (" + seen + "), and topic " + topic.name + " takes only " + what + "s with one", "", "");
      }
      const auto& admission = *admissions.at(key_of(topic, key, *side.frame));
      if (!admission.fault.empty()) return blame(Action::refuse, admission.fault, "", admission.subject);
      if (admission.check == nullptr) return;
      for (auto& complaint : admission.check->check(side.body, side.indexes)) {
        const Action asked = complaint.action == registry::Complaint::Action::reject ? Action::refuse : complaint.action == registry::Complaint::Action::divert ? Action::divert : Action::count;
        blame(asked, "the " + what + " breaks schema " + admission.subject + ": " + complaint.message, std::move(complaint.rule), admission.subject);
      }
    });
    if (worst && more > 0) worst->reason += " (and " + std::to_string(more) + " more)";
    if (worst && worst->reason.size() > limits::contract_reason_bytes_max) worst->reason = worst->reason.substr(0, limits::contract_reason_bytes_max) + "...";
    return worst;
  }

  // The records as they came, each with headers that say where from and why (Confluent's names where there are such).
  Result<void> divert(const storage::Topic& topic, PartitionId partition, const ContractConfig& contract, const std::vector<wire::RecordRef>& records,
                      const std::vector<wire::RecordHeader>& headers, const std::vector<std::pair<std::int32_t, Fault>>& faults, storage::RecordVerdict& verdict) const {
    verdict.keep.assign(records.size(), 1);
    verdict.dead_letter_topic = contract.dead_letter_topic.empty() ? topic.name + ".dead-letters" : contract.dead_letter_topic;
    if (verdict.dead_letter_topic == topic.name) return fail(ErrorCode::invalid_input, "the dead letters of " + topic.name + " cannot go to the topic itself", "set braid.contract.dead.letter.topic to another one");
    wire::BatchBuilder builder;
    const std::string from_partition = std::to_string(partition.value);
    for (const auto& [index, fault] : faults) {
      if (fault.action != Action::divert) continue;
      const auto& record = records[std::size_t(index)];
      verdict.keep[std::size_t(index)] = 0;
      const std::string number = std::to_string(index);
      std::vector<wire::RecordHeader> with(headers.begin() + record.headers_begin, headers.begin() + record.headers_begin + record.headers_count);
      with.push_back({"__rule.topic", topic.name});
      with.push_back({"__rule.mode", "WRITE"});
      if (!fault.rule.empty()) with.push_back({"__rule.name", fault.rule});
      if (!fault.subject.empty()) with.push_back({"__rule.subject", fault.subject});
      with.push_back({"__rule.exception", fault.reason});
      with.push_back({"__braid.partition", from_partition});
      with.push_back({"__braid.record", number});
      builder.add(record.timestamp_ms, record.key, record.value, with);
    }
    TRY(verdict.dead_letters, builder.finish());
    return {};
  }

  TopicNumbers& numbers_of(const std::string& topic) {
    auto& all = states_[std::size_t(io::Shard::current()->index())]->numbers;
    auto it = all.find(topic);
    if (it == all.end()) {
      TopicNumbers made;
      made.checked = &metrics_.counter(checked_name, checked_help, {{"topic", topic}});
      for (const Action action : {Action::count, Action::divert, Action::refuse})
        made.by_action[std::size_t(action)] = &metrics_.counter(counted_name, counted_help, {{"topic", topic}, {"action", std::string(name_of(action))}});
      it = all.emplace(topic, made).first;
    }
    return it->second;
  }

  void tell(const std::string& topic, PartitionId partition, const std::uint64_t (&counts)[3], const std::vector<std::pair<std::int32_t, Fault>>& faults) {
    std::vector<Seen::One> newest;
    const bool refusing = counts[std::size_t(Action::refuse)] > 0;
    for (const auto& [index, fault] : faults)
      if (newest.size() < limits::contract_faults_kept && !(refusing && fault.action == Action::divert)) newest.push_back({clock_.wall_ms(), fault.action, partition.value, index, fault.reason});
    const auto touched = counts[std::size_t(Action::refuse)] + counts[std::size_t(Action::divert)];
    shards_.control().post([this, topic, newest = std::move(newest), touched]() mutable { note(topic, std::move(newest), touched); });
  }

  void note(const std::string& topic, std::vector<Seen::One> newest, std::uint64_t touched) {
    if (seen_.size() >= limits::contract_topics_seen_max && !seen_.contains(topic)) return;   // the numbers go on
    auto& seen = seen_[topic];
    for (auto& one : newest) {
      if (one.action != Action::count && seen.first_reason.empty()) seen.first_reason = one.reason;
      seen.newest.push_front(std::move(one));
    }
    while (seen.newest.size() > limits::contract_faults_kept) seen.newest.pop_back();
    seen.unaudited += touched;
    const auto now = clock_.wall_ms();
    if (audit_ == nullptr || seen.unaudited == 0 || now - seen.audited_ms < audit_every_ms) return;
    mesh::AuditEntry entry;
    entry.who = "braid";
    entry.what = "contract.broken";
    entry.kind = "topic";
    entry.subject = topic;
    entry.outcome = "refused";
    entry.message = std::to_string(seen.unaudited) + " records did not keep the contract of topic " + topic + ": " + seen.first_reason;
    seen.audited_ms = now;
    seen.unaudited = 0;
    seen.first_reason.clear();
    io::Shard::current()->spawn(record(std::move(entry)));
  }

  io::Task<void> record(mesh::AuditEntry entry) {
    const auto pass = recording_.enter();
    if (!pass || audit_ == nullptr) co_return;
    auto recording = audit_->record(std::move(entry));
    const auto done = co_await std::move(recording);
    if (!done) log::warn("audit_entry_lost", {{"what", "contract.broken"}, {"reason", done.error().message}});
  }

  io::Shards& shards_;
  Metrics& metrics_;
  const Clock& clock_;
  std::atomic<registry::Registry*> registry_ = nullptr;
  std::vector<std::unique_ptr<ShardState>> states_;
  // On the control shard.
  mesh::AuditSink* audit_ = nullptr;
  std::map<std::string, Seen, std::less<>> seen_;
  io::Gate recording_;
};

}  // namespace

std::unique_ptr<ContractGate> ContractGate::make(io::Shards& shards, Metrics& metrics, const Clock& clock) { return std::make_unique<GateImpl>(shards, metrics, clock); }

}  // namespace braid::node
