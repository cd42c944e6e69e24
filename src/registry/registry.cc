#include "registry/registry.h"

#include "base/log.h"
#include "registry/registry_impl.h"

namespace braid::registry {

Error to_error(Refusal refusal) {
  ErrorCode kind = ErrorCode::invalid_input;
  const int status = refusal.http_status();
  if (status == 404) kind = ErrorCode::not_found;
  if (status == 409) kind = ErrorCode::incompatible;
  if (refusal.code == code::not_permitted) kind = ErrorCode::forbidden;
  if (refusal.code == code::reference_exists) kind = ErrorCode::conflict;
  if (status == 500) kind = ErrorCode::unavailable;
  return {kind, std::move(refusal.message)};
}

Registry::Impl::Impl(Metrics& m) : parsed_(state_) {
  m.before_scrape([this, &gauge = m.gauge("braid_registry_subjects", "Subjects, deleted ones too")] { gauge.set(double(state_.subjects().size())); });
}

Result<void> Registry::Impl::apply_event(Event event) {
  std::string subject;
  if (!listeners.empty())                          // there are none yet while a start reads the log
    subject = std::visit([](const auto& e) -> std::string {
      if constexpr (requires { e.schema; }) return e.schema.subject;
      else if constexpr (requires { e.subject; }) return e.subject;
      else return {};
    }, event);
  TRY_VOID(state_.apply(std::move(event)));
  changes_.fetch_add(1, std::memory_order_release);
  for (const auto& listener : listeners) listener({subject});
  return {};
}

namespace {

struct OwnRegistry final : Registry::Impl {
  explicit OwnRegistry(Metrics& m)
      : Impl(m),
        registered(m.counter("kafka_schema_registry_registered_count", "Schemas registered since the start")),
        deleted(m.counter("kafka_schema_registry_deleted_count", "Versions deleted since the start")),
        refused(m.counter("braid_registry_refused_total", "Changes that the registry refused")) {}

  io::Task<void> close() override {
    if (journal) co_await journal->close();
  }

  Result<void> apply(const eventlog::RecordView& record) {
    TRY(auto event, parse_record(record.key, record.value, record.timestamp_ms));
    return apply_event(std::move(event));
  }

  // Writes what was decided. The turn is held by the caller from before the decision until this returns.
  template <class T> io::Task<Outcome<T>> commit(Outcome<Decided<T>> decided) {
    if (!decided) {
      refused.add();
      co_return std::unexpected(std::move(decided).error());
    }
    if (!decided->events.empty()) {
      std::vector<eventlog::Record> records;
      for (const auto& event : decided->events) records.push_back(to_record(event));
      auto written = co_await journal->write(std::move(records));
      if (!written) co_return refuse(code::store, "Error in the backend data store: " + written.error().message);
    }
    co_return std::move(decided->answer);
  }

  io::Task<Outcome<RegisteredSchema>> register_schema(RegisterCommand command) override {
    const auto turn = co_await journal->turn();
    co_return co_await register_in_turn(std::move(command));
  }
  io::Task<Outcome<RegisteredSchema>> tag_schema(TagCommand command) override {
    const auto turn = co_await journal->turn();
    auto decided = decide_tags(state_, parsed_, command);
    if (!decided) {
      refused.add();
      co_return std::unexpected(std::move(decided).error());
    }
    co_return co_await register_in_turn(*std::move(decided));
  }
  io::Task<Outcome<RegisteredSchema>> register_in_turn(RegisterCommand command) {
    auto decided = decide_register(state_, parsed_, command);
    const bool writes = decided && !decided->events.empty();
    auto place = co_await commit(std::move(decided));
    if (!place) co_return std::unexpected(std::move(place).error());
    if (writes) registered.add();
    const auto* schema = state_.find(place->first, place->second);
    if (schema == nullptr) co_return refuse(code::store, "The log gave back another schema than the one written");
    co_return *schema;
  }
  io::Task<Outcome<std::vector<std::int32_t>>> delete_subject(std::string subject, bool permanent) override {
    const auto turn = co_await journal->turn();
    auto out = co_await commit(decide_delete_subject(state_, subject, permanent));
    if (out) deleted.add(double(out->size()));
    co_return out;
  }
  io::Task<Outcome<std::int32_t>> delete_version(std::string subject, std::string version, bool permanent) override {
    const auto turn = co_await journal->turn();
    auto out = co_await commit(decide_delete_version(state_, subject, version, permanent));
    if (out) deleted.add();
    co_return out;
  }
  io::Task<Outcome<int>> delete_context(std::string context) override {
    const auto turn = co_await journal->turn();
    co_return co_await commit(decide_delete_context(state_, context));
  }
  io::Task<Outcome<Config>> set_config(std::string subject, json::object body) override {
    const auto turn = co_await journal->turn();
    co_return co_await commit(decide_set_config(state_, subject, body));
  }
  io::Task<Outcome<Config>> delete_config(std::string subject) override {
    const auto turn = co_await journal->turn();
    co_return co_await commit(decide_delete_config(state_, subject));
  }
  io::Task<Outcome<Mode>> set_mode(std::string subject, std::string mode, bool force) override {
    const auto turn = co_await journal->turn();
    co_return co_await commit(decide_set_mode(state_, subject, mode, force));
  }
  io::Task<Outcome<std::optional<Mode>>> delete_mode(std::string subject, bool recursive) override {
    const auto turn = co_await journal->turn();
    co_return co_await commit(decide_delete_mode(state_, subject, recursive));
  }

  std::unique_ptr<eventlog::Journal> journal;
  Counter& registered;
  Counter& deleted;
  Counter& refused;
};

}  // namespace

Registry::Registry(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Registry::~Registry() = default;

io::Task<Result<std::unique_ptr<Registry>>> Registry::open_on(OpenJournal open_journal, Metrics& metrics) {
  auto impl = std::make_unique<OwnRegistry>(metrics);
  auto* raw = impl.get();   // lives as long as the journal, which it owns
  eventlog::Journal::Apply apply = [raw](const eventlog::RecordView& record) { return raw->apply(record); };
  CO_TRY(impl->journal, co_await open_journal(std::move(apply)));
  co_return std::unique_ptr<Registry>(new Registry(std::move(impl)));
}

io::Task<void> Registry::close() { return impl_->close(); }
std::uint64_t Registry::changes() const { return impl_->changes_.load(std::memory_order_acquire); }
bool Registry::remote() const { return impl_->remote(); }
io::Task<void> Registry::expect(SchemaId id) { return impl_->expect(id); }
io::Task<Result<void>> Registry::refresh(std::string subject) { return impl_->refresh(std::move(subject)); }

io::Task<Result<RegisteredSchema>> Registry::add(std::string subject, SchemaDraft draft) {
  RegisterCommand command;
  command.subject = std::move(subject);
  command.request.type = std::string(name_of(draft.type));
  command.request.text = std::move(draft.text);
  command.request.references = std::move(draft.references);
  command.request.metadata = std::move(draft.metadata);
  command.request.rule_set = std::move(draft.rule_set);
  auto out = co_await impl_->register_schema(std::move(command));
  if (!out) co_return std::unexpected(impl_->error_of(std::move(out).error()));
  co_return *std::move(out);
}

Result<RegisteredSchema> Registry::by_id(SchemaId id) const {
  auto out = impl_->by_id(id, "");
  if (!out) return std::unexpected(impl_->error_of(std::move(out).error()));
  return *std::move(out);
}
Result<RegisteredSchema> Registry::latest(std::string_view subject) const {
  auto out = impl_->Service::version(std::string(subject), "latest", false);
  if (!out) return std::unexpected(impl_->error_of(std::move(out).error()));
  return *std::move(out);
}
Result<RegisteredSchema> Registry::version(std::string_view subject, std::int32_t version) const {
  auto out = impl_->Service::version(std::string(subject), std::to_string(version), false);
  if (!out) return std::unexpected(impl_->error_of(std::move(out).error()));
  return *std::move(out);
}
std::vector<std::string> Registry::subjects() const { return impl_->Service::subjects(std::string(every_context), false, false); }
std::vector<RegisteredSchema> Registry::versions(std::string_view subject) const {
  std::vector<RegisteredSchema> out;
  if (const auto* all = impl_->state_.versions(subject))
    for (const auto& [number, schema] : *all)
      if (!schema.deleted) out.push_back(schema);
  return out;
}
std::vector<RegisteredSchema> Registry::all_latest() const { return impl_->Service::schemas(std::string(every_context), false, true); }

Result<format::avro::SchemaPtr> Registry::avro(SchemaId id) { return impl_->parsed_as<format::avro::SchemaPtr>(id, "AVRO"); }
Result<format::protobuf_schema::SchemaPtr> Registry::protobuf(SchemaId id) { return impl_->parsed_as<format::protobuf_schema::SchemaPtr>(id, "PROTOBUF"); }
Result<format::json_schema::SchemaPtr> Registry::json_schema(SchemaId id) { return impl_->parsed_as<format::json_schema::SchemaPtr>(id, "JSON"); }

Result<std::vector<ReferencedText>> Registry::referenced_texts(const RegisteredSchema& schema) const {
  return impl_->parsed_.texts(schema.subject, schema.references);
}

void Registry::on_change(std::function<void(const Change&)> listener) { impl_->listeners.push_back(std::move(listener)); }
Service& Registry::service() { return *impl_; }

}  // namespace braid::registry
