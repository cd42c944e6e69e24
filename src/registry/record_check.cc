#include "registry/record_check.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>

#include <algorithm>

#include "base/limits/texts.h"
#include "format/avro/datum.h"
#include "format/cel/expression.h"
#include "format/cel/record_value.h"
#include "format/inline_tags.h"
#include "format/json_schema/validator.h"
#include "format/protobuf_schema/descriptor.h"
#include "registry/tags.h"

namespace braid::registry {
namespace {

namespace avro = format::avro;
namespace cel = format::cel;
namespace pb = google::protobuf;

constexpr std::string_view message_variables[] = {"message"};
constexpr std::string_view field_variables[] = {"value", "fullName", "name", "typeName", "tags", "message"};

struct CompiledRule {
  std::string name, text, doc;
  bool per_field = false;
  std::set<std::string> tags;
  cel::ExpressionPtr guard, condition;
  Complaint::Action action = Complaint::Action::reject;
};

// "guard ; condition": the semicolon outside of texts.
std::size_t guard_end(std::string_view text) {
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote != '\0') {
      if (text[i] == '\\') ++i;
      else if (text[i] == quote) quote = '\0';
    } else if (text[i] == '\'' || text[i] == '"') {
      quote = text[i];
    } else if (text[i] == ';') {
      return i;
    }
  }
  return std::string_view::npos;
}

// The part of "ERROR,NONE" that counts: the first for writing, the second for reading.
Complaint::Action action_of(const std::optional<std::string>& written, bool reading) {
  std::string action = written.value_or("ERROR");
  if (const auto comma = action.find(','); comma != std::string::npos) action = reading ? action.substr(comma + 1) : action.substr(0, comma);
  std::erase(action, ' ');
  if (action == "DLQ") return Complaint::Action::divert;
  return action == "NONE" ? Complaint::Action::note : Complaint::Action::reject;
}

Result<CompiledRule> compile_rule(const Rule& rule, bool reading) {
  CompiledRule out;
  out.name = rule.name;
  out.doc = rule.doc.value_or("");
  out.per_field = rule.type == "CEL_FIELD";
  out.tags = rule.tags;
  out.action = action_of(rule.on_failure, reading);
  const std::string text = rule.expr.value_or("");
  std::string_view condition = text;
  const std::span<const std::string_view> variables = out.per_field ? std::span<const std::string_view>(field_variables) : message_variables;
  const std::string step = "rule '" + rule.name + "'";
  if (const auto end = guard_end(text); end != std::string_view::npos) {
    auto guard = cel::Expression::compile(condition.substr(0, end), variables);
    if (!guard) return std::unexpected(std::move(guard).error().during(step + ", its guard"));
    out.guard = *std::move(guard);
    condition.remove_prefix(end + 1);
  }
  auto compiled = cel::Expression::compile(condition, variables);
  if (!compiled) return std::unexpected(std::move(compiled).error().during(step));
  out.condition = *std::move(compiled);
  const auto first = condition.find_first_not_of(" \t\n");
  out.text = std::string(condition.substr(first == std::string_view::npos ? 0 : first));
  return out;
}

// Message indexes: zig-zag varints, how many and then each; a single 0 for the first message. False: the bytes are none.
bool read_indexes(BytesView& bytes, std::vector<int>& out) {
  const auto varint = [&](std::int64_t& value) {
    std::uint64_t n = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (bytes.empty()) return false;
      const auto b = std::uint8_t(bytes[0]);
      bytes.remove_prefix(1);
      n |= std::uint64_t(b & 0x7f) << shift;
      if ((b & 0x80) == 0) { value = std::int64_t(n >> 1) ^ -std::int64_t(n & 1); return true; }
    }
    return false;
  };
  std::int64_t count = 0;
  if (!varint(count) || count < 0 || count > limits::schema_nesting_max) return false;
  if (count == 0) { out = {0}; return true; }
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t index = 0;
    if (!varint(index) || index < 0 || index > INT32_MAX) return false;
    out.push_back(int(index));
  }
  return true;
}

}  // namespace

std::optional<Frame> frame_of(BytesView bytes) {
  Frame out;
  if (bytes.size() >= 5 && bytes[0] == 0) {
    out.id = SchemaId{load_be<std::int32_t>(bytes.data() + 1)};
    out.rest = bytes.substr(5);
    return out;
  }
  if (bytes.size() >= 17 && bytes[0] == 1) {
    out.guid.emplace();
    std::copy_n(reinterpret_cast<const std::uint8_t*>(bytes.data()) + 1, 16, out.guid->begin());
    out.rest = bytes.substr(17);
    return out;
  }
  return std::nullopt;
}

std::vector<const Rule*> server_conditions(const RuleSet& rule_set, bool reading) {
  std::vector<const Rule*> out;
  if (rule_set.enable_at != "SERVER" && rule_set.enable_at != "ALL") return out;
  for (const auto& rule : rule_set.domain_rules) {
    const std::string mode = rule.mode.value_or("WRITEREAD");
    const bool at_this_time = mode == "WRITEREAD" || mode == (reading ? "READ" : "WRITE");
    if (!rule.disabled && at_this_time && rule.kind.value_or("CONDITION") == "CONDITION" && (rule.type == "CEL" || rule.type == "CEL_FIELD")) out.push_back(&rule);
  }
  if (reading) std::reverse(out.begin(), out.end());
  return out;
}

struct RecordCheck::Impl {
  RecordCheckOptions options;
  ParsedPtr parsed;
  std::vector<CompiledRule> rules;
  std::map<std::string, std::set<std::string>, std::less<>> inline_tags;       // by path, without a leading dot
  Metadata metadata;
  avro::ProgramPtr avro_program;
  format::json_schema::ValidatorPtr validator;
  std::shared_ptr<const format::protobuf_schema::Descriptors> descriptors;

  void structure(std::vector<Complaint>& out, std::string message) const {
    if (options.structure || !rules.empty()) out.push_back({.message = std::move(message)});   // what cannot be read cannot keep a rule either
  }

  std::set<std::string> tags_of(const cel::Leaf& leaf) const {
    std::set<std::string> out = leaf.tags;
    if (const auto at = inline_tags.find(leaf.full_name); at != inline_tags.end()) out.insert(at->second.begin(), at->second.end());
    out.merge(tags_by_path(metadata, leaf.full_name));
    return out;
  }

  static void judge(const CompiledRule& rule, const cel::Expression::Lookup& lookup, const std::string& field, const std::string& seen, std::vector<Complaint>& out) {
    const auto complain = [&](std::string message) { out.push_back({rule.name, field, std::move(message), rule.action}); };
    const std::string named = "rule '" + rule.name + "'" + (field.empty() ? "" : " on " + field);
    if (rule.guard != nullptr) {
      const auto guard = rule.guard->evaluate(lookup);
      if (!guard) return complain(named + ": its guard cannot be evaluated: " + guard.error().text());
      const auto* applies = guard->as<bool>();
      if (applies == nullptr) return complain(named + ": its guard gives " + std::string(guard->type()) + ", not true or false");
      if (!*applies) return;
    }
    const auto result = rule.condition->evaluate(lookup);
    if (!result) return complain(named + " cannot be evaluated: " + result.error().text());
    const auto* holds = result->as<bool>();
    if (holds == nullptr) return complain(named + " gives " + std::string(result->type()) + ", and a condition must give true or false");
    if (!*holds) complain(named + " does not hold: " + rule.text + (seen.empty() ? "" : " with " + seen) + (rule.doc.empty() ? "" : " (" + rule.doc + ")"));
  }

  template <class Leaves> void run_rules(const cel::Value& message, Leaves leaves, std::vector<Complaint>& out) const {
    const bool fields = std::any_of(rules.begin(), rules.end(), [](const CompiledRule& r) { return r.per_field; });
    std::vector<std::pair<cel::Leaf, std::set<std::string>>> all;
    if (fields) leaves([&](cel::Leaf leaf) { auto tags = tags_of(leaf); all.emplace_back(std::move(leaf), std::move(tags)); });
    for (const auto& rule : rules) {
      if (!rule.per_field) {
        judge(rule, [&](std::string_view name) { return name == "message" ? &message : nullptr; }, "", "", out);
        continue;
      }
      for (const auto& [leaf, tags] : all) {
        const bool meant = rule.tags.empty() || std::any_of(rule.tags.begin(), rule.tags.end(), [&](const std::string& tag) { return tags.contains(tag); });
        if (!meant) continue;
        cel::List tag_list(tags.begin(), tags.end());
        const std::pair<std::string_view, cel::Value> variables[] = {{"value", leaf.value}, {"fullName", leaf.full_name}, {"name", leaf.name},
                                                                     {"typeName", std::string(leaf.type_name)}, {"tags", cel::list_of(std::move(tag_list))}, {"message", message}};
        judge(rule, [&](std::string_view name) -> const cel::Value* {
          for (const auto& [known, value] : variables) if (known == name) return &value;
          return nullptr;
        }, leaf.full_name, "value = " + cel::text_of(leaf.value), out);
      }
    }
  }

  void check_avro(BytesView body, std::vector<Complaint>& out) const {
    const auto datum = avro::decode(*avro_program, body);
    if (!datum) return structure(out, "the bytes are no record of the schema: " + datum.error().message);
    if (rules.empty()) return;
    const auto& root = avro_program->reader().root();
    run_rules(cel::value_of(root, *datum), [&](const cel::Visit& visit) { cel::visit_leaves(root, *datum, visit); }, out);
  }

  void check_json(BytesView body, std::vector<Complaint>& out) const {
    if (validator != nullptr) {
      const auto violation = validator->check(body);
      if (!violation) return structure(out, violation.error().message);
      if (violation->has_value()) structure(out, (*violation)->text());
    }
    if (rules.empty()) return;
    const auto document = format::parse_json_text(body);
    if (!document) return structure(out, "not JSON: " + document.error().message);
    const auto& schema = *std::get<format::json_schema::SchemaPtr>(parsed->any());
    run_rules(cel::from_json(*document), [&](const cel::Visit& visit) { cel::visit_leaves(schema, *document, visit); }, out);
  }

  void check_protobuf(BytesView body, std::optional<BytesView> given, std::vector<Complaint>& out) const {
    std::vector<int> indexes;
    BytesView in_front = given ? *given : body;
    if (!read_indexes(in_front, indexes)) return structure(out, "the message indexes in front of the record cannot be read");
    if (!given) body = in_front;
    const auto* type = descriptors->message_at(indexes);
    if (type == nullptr) return structure(out, "the record is of a message that the schema does not have");
    pb::DynamicMessageFactory factory;
    const std::unique_ptr<pb::Message> message(factory.GetPrototype(type)->New());
    if (body.size() > std::size_t(INT32_MAX) || !message->ParsePartialFromArray(body.data(), int(body.size()))) return structure(out, "the bytes are no message " + type->full_name());
    if (!message->IsInitialized()) structure(out, "message " + type->full_name() + " misses required fields: " + message->InitializationErrorString());
    if (rules.empty()) return;
    run_rules(cel::value_of(*message), [&](const cel::Visit& visit) { cel::visit_leaves(*message, visit); }, out);
  }
};

RecordCheck::RecordCheck(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RecordCheck::~RecordCheck() = default;
bool RecordCheck::idle() const { return !impl_->options.structure && impl_->rules.empty(); }
std::size_t RecordCheck::rule_count() const { return impl_->rules.size(); }

Result<std::shared_ptr<const RecordCheck>> RecordCheck::compile(const RegisteredSchema& schema, ParsedPtr parsed, RecordCheckOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  impl->parsed = std::move(parsed);
  if (options.rules && schema.rule_set)
    for (const auto* rule : server_conditions(*schema.rule_set, options.reading)) {
      TRY(auto compiled, compile_rule(*rule, options.reading));
      impl->rules.push_back(std::move(compiled));
    }
  for (auto& entity : impl->parsed->inline_tags())
    if (!entity.record) impl->inline_tags[entity.path.substr(entity.path.find_first_not_of('.'))] = std::move(entity.tags);
  if (schema.metadata) impl->metadata = *schema.metadata;
  const auto& any = impl->parsed->any();
  if (const auto* a = std::get_if<avro::SchemaPtr>(&any)) {
    TRY(impl->avro_program, avro::Program::compile(*a, *a));
  } else if (const auto* j = std::get_if<format::json_schema::SchemaPtr>(&any)) {
    if (options.structure) { TRY(impl->validator, format::json_schema::Validator::compile(*j)); }
  } else {
    TRY(impl->descriptors, format::protobuf_schema::Descriptors::build(*std::get<format::protobuf_schema::SchemaPtr>(any)));
  }
  return std::shared_ptr<const RecordCheck>(new RecordCheck(std::move(impl)));
}

std::vector<Complaint> RecordCheck::check(BytesView body, std::optional<BytesView> indexes) const {
  std::vector<Complaint> out;
  if (impl_->avro_program != nullptr) impl_->check_avro(body, out);
  else if (impl_->descriptors != nullptr) impl_->check_protobuf(body, indexes, out);
  else impl_->check_json(body, out);
  return out;
}

}  // namespace braid::registry
