#include "registry/record.h"

#include <simdjson.h>

#include <cstring>

#include "registry/identity.h"
#include "registry/json.h"

namespace braid::registry {
namespace {

json::value nullable(const std::string& subject) { return subject.empty() ? json::value(nullptr) : json::value(subject); }

Bytes subject_key(std::string_view kind, const std::string& subject) {
  return json::print(json::object{{"keytype", kind}, {"subject", nullable(subject)}, {"magic", 0}});
}
Bytes schema_key(const std::string& subject, std::int32_t version) {
  return json::print(json::object{{"keytype", "SCHEMA"}, {"subject", subject}, {"version", version}, {"magic", 1}});
}
Bytes context_key(const std::string& context) {
  return json::print(json::object{{"keytype", "CONTEXT"}, {"tenant", "default"}, {"context", context}, {"magic", 0}});
}

Bytes schema_value(const RegisteredSchema& s) {
  json::object o{{"subject", s.subject}, {"version", s.version}, {"id", s.id.value}, {"md5", guid_base64(s.guid)}};
  if (s.type != SchemaType::avro) o["schemaType"] = name_of(s.type);
  if (!s.references.empty()) o["references"] = to_json(s.references);
  if (s.metadata) o["metadata"] = to_json(*s.metadata);
  if (s.rule_set) o["ruleSet"] = to_json(*s.rule_set);
  o["schema"] = s.text;
  o["deleted"] = s.deleted;
  return json::print(o);
}

Bytes config_value(const std::string& subject, const Config& config) {
  json::object o{{"subject", nullable(subject)}};
  for (auto& [key, value] : to_json(config, "compatibilityLevel")) o[key] = value;
  return json::print(o);
}

struct ToRecord {
  eventlog::Record operator()(const Nothing&) const { return {.key = json::print(json::object{{"keytype", "NOOP"}, {"magic", 0}}), .value = std::nullopt}; }
  eventlog::Record operator()(const SchemaStored& e) const { return {.key = schema_key(e.schema.subject, e.schema.version), .value = schema_value(e.schema)}; }
  eventlog::Record operator()(const SchemaErased& e) const { return {.key = schema_key(e.subject, e.version), .value = std::nullopt}; }
  eventlog::Record operator()(const ConfigStored& e) const { return {.key = subject_key("CONFIG", e.subject), .value = config_value(e.subject, e.config)}; }
  eventlog::Record operator()(const ConfigErased& e) const { return {.key = subject_key("CONFIG", e.subject), .value = std::nullopt}; }
  eventlog::Record operator()(const ModeStored& e) const {
    return {.key = subject_key("MODE", e.subject), .value = json::print(json::object{{"subject", nullable(e.subject)}, {"mode", name_of(e.mode)}})};
  }
  eventlog::Record operator()(const ModeErased& e) const { return {.key = subject_key("MODE", e.subject), .value = std::nullopt}; }
  eventlog::Record operator()(const SubjectDeleted& e) const {
    return {.key = subject_key("DELETE_SUBJECT", e.subject), .value = json::print(json::object{{"subject", e.subject}, {"version", e.up_to_version}})};
  }
  eventlog::Record operator()(const SubjectCleared& e) const {
    return {.key = subject_key("CLEAR_SUBJECT", e.subject), .value = json::print(json::object{{"subject", e.subject}})};
  }
  eventlog::Record operator()(const ContextStored& e) const {
    return {.key = context_key(e.context), .value = json::print(json::object{{"tenant", "default"}, {"context", e.context}})};
  }
  eventlog::Record operator()(const ContextErased& e) const { return {.key = context_key(e.context), .value = std::nullopt}; }
};

// --- the usual record, which a start reads by the hundred thousand ---

namespace od = simdjson::ondemand;

// Reads in one pass, from a copy with the room behind it that simdjson needs. Its texts are valid until the next open().
class OnePass {
 public:
  bool open(BytesView bytes, od::object& object) {
    if (copy_.size() < bytes.size() + simdjson::SIMDJSON_PADDING) copy_.resize(bytes.size() * 2 + simdjson::SIMDJSON_PADDING);
    std::memcpy(copy_.data(), bytes.data(), bytes.size());
    return parser_.iterate(copy_.data(), bytes.size(), copy_.size()).get(document_) == simdjson::SUCCESS && document_.get_object().get(object) == simdjson::SUCCESS;
  }
  bool read_to_its_end() {
    const char* at = nullptr;
    return document_.current_location().get(at) == simdjson::OUT_OF_BOUNDS;
  }

 private:
  std::string copy_;
  od::parser parser_;
  od::document document_;
};

bool is_text(od::value value, std::string_view& out) { return value.get_string().get(out) == simdjson::SUCCESS; }
bool is_number(od::value value, std::int32_t& out) {
  std::int64_t n = 0;
  if (value.get_int64().get(n) != simdjson::SUCCESS || n < INT32_MIN || n > INT32_MAX) return false;
  out = std::int32_t(n);
  return true;
}
bool is_null(od::value value) {
  bool null = false;
  return value.is_null().get(null) == simdjson::SUCCESS && null;
}

// A schema without references, metadata and rules. Whatever else it is, or if anything is odd about it: nothing, and the careful reader below says.
std::optional<RegisteredSchema> plain_schema(BytesView key, BytesView value) {
  static thread_local OnePass keys, values;
  std::string_view kind, subject, type = "AVRO", text, name;
  std::int32_t version = 0, id = 0;
  bool has_version = false, has_id = false, deleted = false;
  od::object object;
  if (!keys.open(key, object)) return std::nullopt;
  for (auto entry : object) {
    od::field field;
    if (std::move(entry).get(field) || field.unescaped_key().get(name)) return std::nullopt;
    if (name == "keytype") { if (!is_text(field.value(), kind)) return std::nullopt; }
    else if (name == "subject") { if (!is_text(field.value(), subject)) return std::nullopt; }
    else if (name == "version") { if (!(has_version = is_number(field.value(), version))) return std::nullopt; }
  }
  if (kind != "SCHEMA" || subject.data() == nullptr || !has_version || !keys.read_to_its_end()) return std::nullopt;
  if (!values.open(value, object)) return std::nullopt;
  for (auto entry : object) {
    od::field field;
    if (std::move(entry).get(field) || field.unescaped_key().get(name)) return std::nullopt;
    if (name == "id") { if (!(has_id = is_number(field.value(), id))) return std::nullopt; }
    else if (name == "schema") { if (!is_text(field.value(), text)) return std::nullopt; }
    else if (name == "schemaType") { if (!is_text(field.value(), type)) return std::nullopt; }
    else if (name == "deleted") { if (field.value().get_bool().get(deleted)) return std::nullopt; }
    else if (name == "references" || name == "metadata" || name == "ruleSet") { if (!is_null(field.value())) return std::nullopt; }
  }
  const auto known = schema_type_named(type);
  if (!has_id || text.data() == nullptr || !known || !values.read_to_its_end()) return std::nullopt;
  RegisteredSchema s;
  s.subject = subject;
  s.version = version;
  s.id.value = id;
  s.type = *known;
  s.text = text;
  s.deleted = deleted;
  return s;
}

// --- every record ---

Result<std::int32_t> number(const json::object& o, std::string_view field) {
  TRY(auto n, json::optional_int(o, field));
  if (!n || *n < INT32_MIN || *n > INT32_MAX) return fail(ErrorCode::corrupt, "field '" + std::string(field) + "' is missing or no number");
  return std::int32_t(*n);
}

Result<Event> schema_event(const json::object& key, std::optional<BytesView> value, std::int64_t timestamp_ms) {
  TRY(auto subject, json::required_string(key, "subject"));
  TRY(auto version, number(key, "version"));
  if (!value) return Event(SchemaErased{std::move(subject), version});
  TRY(auto o, json::parse_object(*value));
  RegisteredSchema s;
  s.subject = std::move(subject);
  s.version = version;
  TRY(s.id.value, number(o, "id"));
  TRY_VOID(read_content(o, s));
  s.registered_ms = timestamp_ms;
  return Event(SchemaStored{std::move(s)});
}

}  // namespace

eventlog::Record to_record(const Event& event) { return std::visit(ToRecord{}, event); }

Result<Event> parse_record(std::optional<BytesView> key_bytes, std::optional<BytesView> value, std::int64_t timestamp_ms) {
  if (!key_bytes) return fail(ErrorCode::corrupt, "a record without a key");
  if (value)
    if (auto plain = plain_schema(*key_bytes, *value)) {
      plain->registered_ms = timestamp_ms;
      plain->guid = identity_of(plain->text, plain->references, plain->metadata, plain->rule_set);
      return Event(SchemaStored{*std::move(plain)});
    }
  TRY(auto key, json::parse_object(*key_bytes));
  TRY(auto kind, json::required_string(key, "keytype"));
  if (kind == "SCHEMA") return schema_event(key, value, timestamp_ms);
  TRY(auto subject_or_null, json::optional_string(key, "subject"));
  const std::string subject = subject_or_null.value_or("");
  if (kind == "CONFIG") {
    if (!value) return Event(ConfigErased{subject});
    TRY(auto o, json::parse_object(*value));
    TRY(auto change, config_change(o));
    return Event(ConfigStored{subject, change.values});
  }
  if (kind == "MODE") {
    if (!value) return Event(ModeErased{subject});
    TRY(auto o, json::parse_object(*value));
    TRY(auto name, json::required_string(o, "mode"));
    const auto mode = mode_named(name);
    if (!mode) return fail(ErrorCode::unsupported, "mode '" + name + "'");
    return Event(ModeStored{subject, *mode});
  }
  if (kind == "DELETE_SUBJECT") {
    if (!value) return Event(Nothing{});
    TRY(auto o, json::parse_object(*value));
    TRY(auto version, number(o, "version"));
    return Event(SubjectDeleted{subject, version});
  }
  if (kind == "CLEAR_SUBJECT") return value ? Event(SubjectCleared{subject}) : Event(Nothing{});
  if (kind == "CONTEXT") {
    TRY(auto context, json::required_string(key, "context"));
    return value ? Event(ContextStored{std::move(context)}) : Event(ContextErased{std::move(context)});
  }
  return Event(Nothing{});
}

}  // namespace braid::registry
