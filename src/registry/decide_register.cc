// Registering, looking up and checking schemas.
#include <algorithm>
#include <charconv>

#include "base/limits/schemas.h"
#include "base/limits/texts.h"
#include "registry/decide.h"
#include "registry/identity.h"

namespace braid::registry {
namespace {

constexpr std::string_view version_property = "confluent:version";
constexpr std::string_view reserved_property = "confluent:reserved";

// A schema ready to be compared and stored.
struct Candidate {
  SchemaType type = SchemaType::avro;
  std::string text;
  std::vector<Reference> references;
  std::optional<Metadata> metadata;
  std::optional<RuleSet> rule_set;
  ParsedPtr parsed;
  Guid guid() const { return identity_of(text, references, metadata, rule_set); }
};

std::unexpected<Refusal> invalid_schema(const SchemaRequest& request, const Error& error) {
  std::string text = "Invalid schema " + request.text.value_or("") + " of type " + request.type.value_or("AVRO") + ", details: " + error.message;
  if (text.size() > 2000) text = "Invalid schema of type " + request.type.value_or("AVRO") + ", details: " + error.message;
  return refuse(code::invalid_schema, std::move(text));
}

Outcome<SchemaType> type_in(const SchemaRequest& request) {
  if (!request.type || request.type->empty()) return SchemaType::avro;
  const auto type = schema_type_named(*request.type);
  if (!type) return refuse(code::invalid_schema, "Invalid schema type " + *request.type + ": AVRO, JSON and PROTOBUF are known");
  return *type;
}

// References to "the latest" get the version that is the latest now.
std::vector<Reference> resolved_versions(const State& state, const std::string& subject, std::vector<Reference> references) {
  for (auto& reference : references) {
    if (reference.version != -1) continue;
    if (const auto* latest = state.latest(in_context_of(reference.subject, subject))) reference.version = latest->version;
  }
  return references;
}

// The schema with the tags that the request adds and removes, and those of the latest version if they are to be handed on; null: no change.
Result<ParsedPtr> with_tags(const State& state, ParsedSchemas& parsed, const std::string& subject, const SchemaRequest& request,
                            const std::vector<ReferencedText>& texts, const Parsed& schema) {
  std::string text = schema.canonical();
  const auto apply = [&](const format::TagChange& change) -> Result<ParsedPtr> {
    TRY(auto as_is, Parsed::parse(schema.type(), text, texts, {.is_new = false}));
    TRY(text, as_is->with_tags(change));
    return Parsed::parse(schema.type(), text, texts, {.is_new = true});
  };
  ParsedPtr out;
  if (const auto* latest = request.propagate_tags.value_or(false) ? state.latest(subject) : nullptr; latest != nullptr && latest->type == schema.type())
    if (const auto before = parsed.of(*latest)) { TRY(out, apply({.add = (*before)->inline_tags(), .skip_unknown = true})); }
  if (!request.tags.empty()) { TRY(out, apply(request.tags)); }
  return out;
}

Outcome<Candidate> candidate(const State& state, ParsedSchemas& parsed, const std::string& subject, const SchemaRequest& request, bool normalize, bool importing) {
  Candidate out;
  OUTCOME_TRY(out.type, type_in(request));
  out.text = request.text.value_or("");
  out.references = resolved_versions(state, subject, request.references.value_or(std::vector<Reference>{}));
  out.metadata = request.metadata;
  out.rule_set = request.rule_set;
  const auto config = state.config_in_force(subject);
  auto texts = parsed.texts(subject, out.references);
  if (!texts) return invalid_schema(request, texts.error());
  auto made = Parsed::parse(out.type, out.text, *texts, {.is_new = !importing, .strict = !importing && config.validate_new_schemas.value_or(false)});
  if (!made) return invalid_schema(request, made.error());
  out.parsed = *std::move(made);
  if (importing) {   // what another registry has accepted comes in as it is, apart from its layout: it must be readable and its references there, no more
    out.text = out.parsed->canonical();
    return out;
  }
  if (config.validate_fields.value_or(false))
    for (const auto& field : out.parsed->top_level_fields())
      if (field.starts_with("$$")) return invalid_schema(request, Error{ErrorCode::invalid_input, "Field names cannot start with $$ prefix: '" + field + "'"});
  if (auto tagged = with_tags(state, parsed, subject, request, *texts, *out.parsed); !tagged) return invalid_schema(request, tagged.error());
  else if (*tagged != nullptr) out.parsed = *std::move(tagged);
  out.text = out.parsed->canonical();
  if (normalize || config.normalize.value_or(false)) {
    out.text = out.parsed->normalised();
    std::sort(out.references.begin(), out.references.end());
    out.references.erase(std::unique(out.references.begin(), out.references.end()), out.references.end());
  }
  return out;
}

std::optional<std::string> version_in(const std::optional<Metadata>& metadata) {
  if (!metadata) return std::nullopt;
  const auto at = metadata->properties.find(std::string(version_property));
  return at == metadata->properties.end() ? std::nullopt : std::optional(at->second);
}

std::optional<Metadata> without_version(std::optional<Metadata> metadata) {
  if (metadata) metadata->properties.erase(std::string(version_property));
  if (metadata && metadata->properties.empty() && metadata->tags.empty() && metadata->sensitive.empty()) metadata.reset();
  return metadata;
}

// The property confluent:version may stand on one side only; it must then be the version that the other one has.
bool same_metadata(const std::optional<Metadata>& wanted, const RegisteredSchema& stored) {
  const auto asked = version_in(wanted), kept = version_in(stored.metadata);
  if (asked && kept && *asked != *kept) return false;
  if (asked && !kept && *asked != std::to_string(stored.version)) return false;
  return without_version(wanted) == without_version(stored.metadata);
}

// The same schema by content, apart from what may differ.
bool same(const State& state, ParsedSchemas& parsed, const Candidate& wanted, const RegisteredSchema& other) {
  if (other.type != wanted.type || other.rule_set != wanted.rule_set || !same_metadata(wanted.metadata, other)) return false;
  const bool references = resolved_versions(state, other.subject, other.references) == wanted.references;
  if (other.text == wanted.text && references) return true;
  const bool written_out = wanted.type == SchemaType::avro && wanted.references.empty() && !other.references.empty();
  if (!references && !written_out) return false;
  const auto stored = parsed.of(other);
  if (!stored) return false;
  // Another registry may have stored the text in a layout of its own.
  if (references && (*stored)->canonical() == wanted.text) return true;
  // An Avro schema written out in full is the same as one whose parts are references.
  if (written_out && (*stored)->formatted("resolved") == wanted.text) return true;
  // Avro's schemas are equal whatever the order of aliases and properties.
  return references && wanted.type == SchemaType::avro && parsed.shape_of(other) == std::hash<std::string>()(wanted.parsed->normalised()) &&
         (*stored)->normalised() == wanted.parsed->normalised();
}

// The version of the subject that is this very schema: by content, or apart from what may differ.
const RegisteredSchema* same_in(const State& state, ParsedSchemas& parsed, const std::string& subject, const Candidate& wanted, bool deleted_too) {
  const auto* versions = state.versions(subject);
  if (versions == nullptr) return nullptr;
  const auto guid = wanted.guid();
  for (auto at = versions->rbegin(); at != versions->rend(); ++at)
    if (at->second.guid == guid && (deleted_too || !at->second.deleted)) return &at->second;
  for (auto at = versions->rbegin(); at != versions->rend(); ++at)
    if ((deleted_too || !at->second.deleted) && same(state, parsed, wanted, at->second)) return &at->second;
  return nullptr;
}

bool in_group(const Config& config, const RegisteredSchema& schema, const Candidate& wanted) {
  if (!config.group) return true;
  const auto group = [&](const std::optional<Metadata>& metadata) -> std::optional<std::string> {
    if (!metadata) return std::nullopt;
    const auto at = metadata->properties.find(*config.group);
    return at == metadata->properties.end() ? std::nullopt : std::optional(at->second);
  };
  return group(schema.metadata) == group(wanted.metadata);
}

// Live versions, newest first.
std::vector<const RegisteredSchema*> earlier(const State& state, const std::string& subject) {
  std::vector<const RegisteredSchema*> out;
  if (const auto* versions = state.versions(subject))
    for (auto at = versions->rbegin(); at != versions->rend(); ++at)
      if (!at->second.deleted) out.push_back(&at->second);
  return out;
}

std::set<std::string> reserved_fields(const std::optional<Metadata>& metadata) {
  std::set<std::string> out;
  if (!metadata) return out;
  const auto at = metadata->properties.find(std::string(reserved_property));
  if (at == metadata->properties.end()) return out;
  for (std::size_t begin = 0; begin <= at->second.size();) {
    const auto end = std::min(at->second.find(',', begin), at->second.size());
    auto name = at->second.substr(begin, end - begin);
    const auto first = name.find_first_not_of(' ');
    if (first != std::string::npos) out.insert(name.substr(first, name.find_last_not_of(' ') - first + 1));
    begin = end + 1;
  }
  return out;
}

std::vector<std::string> reserved_errors(const Candidate& wanted, const std::vector<const RegisteredSchema*>& previous) {
  std::vector<std::string> out;
  const auto now = reserved_fields(wanted.metadata);
  if (!previous.empty())
    for (const auto& name : reserved_fields(previous[0]->metadata))
      if (!now.contains(name))
        out.push_back("{errorType:'RESERVED_FIELD_REMOVED', description:'The new schema has reserved field " + name +
                      " removed from its metadata which is present in the old schema's metadata.'}");
  for (const auto& field : wanted.parsed->top_level_fields())
    if (now.contains(field))
      out.push_back("{errorType:'FIELD_CONFLICTS_WITH_RESERVED_FIELD', description:'The new schema has field that conflicts with the reserved field " + field + ".'}");
  return out;
}

bool backward(Level level) { return level != Level::none && level != Level::forward && level != Level::forward_transitive; }
bool forward(Level level) { return level != Level::none && level != Level::backward && level != Level::backward_transitive; }
bool transitive(Level level) { return level == Level::backward_transitive || level == Level::forward_transitive || level == Level::full_transitive; }

// Whether the schema may follow `previous` (newest first); stops at the first version that it does not get along with.
Verdict verdict_of(ParsedSchemas& parsed, const Config& config, const Candidate& wanted, std::vector<const RegisteredSchema*> previous) {
  const auto level = config.level.value_or(Level::backward);
  const auto policy = config.policy.value_or(Policy::strict);
  const bool fields = config.validate_fields.value_or(false);
  Verdict out;
  out.level = std::string(name_of(level));
  if (fields) out.messages = reserved_errors(wanted, previous);
  std::erase_if(previous, [&](const RegisteredSchema* schema) { return !in_group(config, *schema, wanted); });   // other groups do not count
  if (!transitive(level) && previous.size() > 1) previous.resize(1);
  if (level == Level::none) previous.clear();
  const RegisteredSchema* culprit = nullptr;
  for (const auto* old : previous) {
    if (culprit != nullptr) break;
    if (old->type != wanted.type) {
      culprit = old;
      out.messages.push_back("Incompatible because of different schema type");
      continue;
    }
    const auto other = parsed.of(*old);
    if (!other) {
      culprit = old;
      out.messages.push_back("{errorType:'UNREADABLE', description:'Version " + std::to_string(old->version) + " cannot be read: " + other.error().message + "'}");
      continue;
    }
    if (backward(level)) out.differences = differences(*wanted.parsed, **other, true, policy);
    if (forward(level)) {
      auto more = differences(**other, *wanted.parsed, false, policy);
      out.differences.insert(out.differences.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    if (!out.differences.empty()) culprit = old;
    for (const auto& d : out.differences) out.messages.push_back(message_of(d));
  }
  out.compatible = out.messages.empty();
  if (out.compatible) return out;
  if (culprit != nullptr) {
    out.against = culprit->version;
    out.messages.push_back("{oldSchemaVersion: " + std::to_string(culprit->version) + "}");
    out.messages.push_back("{oldSchema: '" + culprit->text + "'}");
  }
  out.messages.push_back("{validateFields: '" + std::string(fields ? "true" : "false") + "', compatibility: '" + out.level + "'}");
  return out;
}

std::string listed(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? ", " : "") + item;
  return out + "]";
}

Outcome<int> check_mode(const State& state, const RegisterCommand& command) {
  const auto mode = state.mode_in_force(command.subject);
  const auto no = [&](std::string_view what) { return not_in_mode(command.subject, what); };
  if (mode == Mode::readonly || mode == Mode::readonly_override) return no("in read-only mode");
  if (command.request.id.value_or(-1) >= 0) {
    if (mode != Mode::import && mode != Mode::forward) return no("not in import mode");
  } else if (mode != Mode::readwrite) {
    return no("not in read-write mode");
  }
  return 0;
}

// What the request leaves out comes from the latest version; defaults and overrides of the configuration go around it.
void complete(Candidate& wanted, const Config& config, const RegisteredSchema* latest) {
  if (latest != nullptr && !wanted.metadata) wanted.metadata = latest->metadata;
  if (latest != nullptr && !wanted.rule_set) wanted.rule_set = latest->rule_set;
  wanted.metadata = merged(merged(config.default_metadata, wanted.metadata), config.override_metadata);
  wanted.rule_set = merged(merged(config.default_rule_set, wanted.rule_set), config.override_rule_set);
}

// The version stands in the metadata when one was asked for, so that two versions of the same text differ; or when it stood there already.
void set_version_property(Candidate& wanted, const SchemaRequest& request, std::int32_t version) {
  const bool there = wanted.metadata && wanted.metadata->properties.contains(std::string(version_property));
  if (!there && request.version.value_or(0) == 0) return;
  if (!wanted.metadata) wanted.metadata.emplace();
  wanted.metadata->properties[std::string(version_property)] = std::to_string(version);
}

Outcome<SchemaId> id_for(const State& state, const RegisterCommand& command, const Candidate& wanted) {
  const auto context = parse_subject(command.subject).context;
  const auto guid = wanted.guid();
  if (const auto asked = command.request.id.value_or(-1); asked >= 0) {
    if (const auto* places = state.places_of(context, SchemaId{asked})) {
      const auto* other = state.find(places->begin()->first, places->begin()->second);
      if (other != nullptr && other->guid != guid)
        return refuse(code::not_permitted, "Overwrite new schema with id " + std::to_string(asked) + " in context " + context_text(command.subject) + " is not permitted.");
    }
    return SchemaId{asked};
  }
  if (const auto known = state.id_of(context, guid)) return *known;
  return SchemaId{state.id_max(context) + 1};
}

bool blank(const std::optional<std::string>& text) { return !text || text->find_first_not_of(" \t\r\n\f\v") == std::string::npos; }

// A request without a text stands for the latest version's text; only metadata and rules are new.
Outcome<SchemaRequest> with_text(const State& state, const std::string& subject, SchemaRequest request) {
  if (!blank(request.text)) return request;
  const auto* latest = state.latest(subject);
  if (latest == nullptr) return refuse(code::invalid_schema, "Empty schema");
  request.text = latest->text;
  request.type = std::string(name_of(latest->type));
  request.references = latest->references;
  return request;
}

}  // namespace

Outcome<std::int32_t> parse_version(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::string lower(text);
  for (auto& c : lower) c = c >= 'A' && c <= 'Z' ? char(c + 32) : c;
  if (lower == "latest" || lower == "-1") return 0;
  std::int32_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{} || end != text.data() + text.size() || value < 1)
    return refuse(code::invalid_version, "The specified version '" + std::string(text) +
                                             "' is not a valid version id. Allowed values are between [1, 2^31-1] and the string \"latest\"");
  return value;
}

std::optional<std::string> wrong_rule(const RuleSet& rule_set) {
  std::set<std::string> names;
  const auto check = [&](const std::vector<Rule>& rules, bool migration) -> std::optional<std::string> {
    for (const auto& rule : rules) {
      if (rule.name.empty()) return "a rule has no name";
      const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || std::uint8_t(c) >= 0x80; };   // letters of any script
      const bool named = rule.name.size() <= 256 && letter(rule.name[0]) && std::all_of(rule.name.begin(), rule.name.end(), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '-';
      });
      if (!named) return "rule name '" + rule.name + "' must begin with a letter or _ and go on with letters, digits, _ or -, at most 256 characters";
      if (!names.insert(rule.name).second) return "Found rule with duplicate name '" + rule.name + "'";
      if (!rule.type || rule.type->empty()) return "rule '" + rule.name + "' has no type";
      const std::string mode = rule.mode.value_or(migration ? "UPDOWN" : "WRITEREAD");
      const bool is_migration = mode == "UPGRADE" || mode == "DOWNGRADE" || mode == "UPDOWN";
      const bool is_domain = mode == "WRITE" || mode == "READ" || mode == "WRITEREAD";
      if (migration ? !is_migration : !is_domain)
        return std::string(migration ? "Migration" : "Domain or encoding") + " rules must not have mode '" + mode + "': rule '" + rule.name + "'";
      const bool pair = rule.on_success.value_or("").find(',') != std::string::npos || rule.on_failure.value_or("").find(',') != std::string::npos;
      if (pair && mode != "WRITEREAD" && mode != "UPDOWN") return "rule '" + rule.name + "' has two actions, which needs mode WRITEREAD or UPDOWN";
    }
    return std::nullopt;
  };
  if (auto wrong = check(rule_set.migration_rules, true)) return wrong;
  if (auto wrong = check(rule_set.domain_rules, false)) return wrong;
  return check(rule_set.encoding_rules, false);
}

Result<ParsedPtr> ParsedSchemas::of(const RegisteredSchema& schema) {
  const auto key = std::make_pair(parse_subject(schema.subject).context, schema.id.value);
  if (const auto at = known_.find(key); at != known_.end() && at->second.guid == schema.guid) return at->second.parsed;
  TRY(auto references, texts(schema.subject, schema.references));
  TRY(auto parsed, Parsed::parse(schema.type, schema.text, references, {.is_new = false}));
  if (known_.size() >= limits::parsed_schemas_max) known_.clear();
  known_[key] = {schema.guid, parsed, std::nullopt};
  return parsed;
}

std::size_t ParsedSchemas::shape_of(const RegisteredSchema& schema) {
  const auto parsed = of(schema);
  if (!parsed) return 0;
  auto& shape = known_[std::make_pair(parse_subject(schema.subject).context, schema.id.value)].shape;
  if (!shape) shape = std::hash<std::string>()((*parsed)->normalised());
  return *shape;
}

Result<std::vector<ReferencedText>> ParsedSchemas::texts(const std::string& subject, const std::vector<Reference>& references) const {
  struct Walk {
    const State& state;
    std::vector<ReferencedText> out{};
    std::set<std::string> names{};
    std::size_t bytes = 0;
    Result<void> visit(const std::string& from, const std::vector<Reference>& list, int depth) {
      if (depth > limits::schema_nesting_max) return fail(ErrorCode::invalid_input, "references lead too deep");
      for (const auto& reference : list) {
        if (reference.name.empty() || reference.subject.empty())
          return fail(ErrorCode::invalid_input, "a reference needs a name, a subject and a version");
        if (names.contains(reference.name)) continue;
        const auto target = in_context_of(reference.subject, from);
        const auto* schema = reference.version == -1 ? state.latest(target) : state.find(target, reference.version);
        if (schema == nullptr)
          return fail(ErrorCode::invalid_input, "No schema reference found for subject \"" + reference.subject + "\" and version " + std::to_string(reference.version));
        names.insert(reference.name);
        TRY_VOID(visit(target, schema->references, depth + 1));
        bytes += schema->text.size();
        if (bytes > limits::schema_reference_bytes_max)
          return fail(ErrorCode::invalid_input, "the references lead to more than " + std::to_string(limits::schema_reference_bytes_max) + " bytes of schemas");
        out.push_back({reference.name, schema->text});
      }
      return {};
    }
  };
  Walk walk{state_};
  TRY_VOID(walk.visit(subject, references, 0));
  return std::move(walk.out);
}

Outcome<Decided<Place>> decide_register(const State& state, ParsedSchemas& parsed, const RegisterCommand& command) {
  const auto& subject = command.subject;
  if (!valid_subject(subject)) return refuse(code::invalid_subject, "The specified subject '" + subject + "' is not a valid.");
  const auto config = state.config_in_force(subject);
  const auto mode = state.mode_in_force(subject);
  const bool importing = mode == Mode::import || mode == Mode::forward;
  OUTCOME_TRY(auto request, with_text(state, subject, command.request));
  OUTCOME_TRY(auto wanted, candidate(state, parsed, subject, request, command.normalize, importing && request.id.value_or(-1) >= 0));

  // What is there already is no change, so it is answered in any mode. A version of 0 is none at all, -1 the latest or the next.
  const bool merges = config.default_metadata || config.override_metadata || config.default_rule_set || config.override_rule_set;
  const bool tagged = !request.tags.empty() || request.propagate_tags.value_or(false);
  const auto asked = request.version.value_or(0), asked_id = request.id.value_or(-1);
  if (!merges && !tagged) {
    const auto* there = asked == -1 ? state.latest(subject) : same_in(state, parsed, subject, wanted, false);
    if (asked == -1 && there != nullptr && there->guid != wanted.guid() && !same(state, parsed, wanted, *there)) there = nullptr;
    if (there != nullptr) {
      if (asked < 1 && (asked_id < 0 || asked_id == there->id.value)) return Decided<Place>{{subject, there->version}};
      if (asked >= 1 && asked_id == there->id.value) {
        const auto* exactly = state.find(subject, asked);
        if (exactly != nullptr && !exactly->deleted && exactly->guid == there->guid) return Decided<Place>{{subject, asked}};
      }
    }
  }
  OUTCOME_TRY([[maybe_unused]] auto writable, check_mode(state, command));

  const auto previous = earlier(state, subject);
  const auto* latest_live = state.latest(subject);
  const auto* latest_any = state.latest(subject, true);
  const std::int32_t next = latest_any == nullptr ? 1 : latest_any->version + 1;
  const std::int32_t version = importing && asked >= 1 ? asked : next;
  if (!importing) complete(wanted, config, latest_live);
  if (wanted.rule_set)
    if (const auto wrong = wrong_rule(*wanted.rule_set)) return refuse(code::invalid_rules, "Invalid rule set: " + *wrong);
  if (!importing) {
    if (asked == 0)
      if (const auto* there = same_in(state, parsed, subject, wanted, false)) return Decided<Place>{{subject, there->version}};
    if (!command.force) {
      const auto verdict = verdict_of(parsed, config, wanted, previous);
      if (!verdict.compatible)
        return refuse(code::incompatible, "Schema being registered is incompatible with an earlier schema for subject \"" + subject + "\", details: " + listed(verdict.messages));
    }
  }
  if (!importing && asked >= 1 && asked != next) return refuse(code::invalid_schema, "Version is not one more than previous version");
  if (!importing) set_version_property(wanted, request, version);
  if (wanted.text.size() > limits::registry_schema_bytes_max)
    return refuse(code::too_large, "The schema has " + std::to_string(wanted.text.size()) + " bytes; one record of the log holds " +
                                       std::to_string(limits::registry_schema_bytes_max) + ". Split it, and put its parts together by references");
  OUTCOME_TRY(auto id, id_for(state, command, wanted));

  Decided<Place> out{{subject, version}};
  const auto name = parse_subject(subject);
  if (name.context != default_context && !state.context_in_use(name.context)) out.events.push_back(ContextStored{name.context});
  RegisteredSchema schema{.subject = subject, .version = version, .id = id, .guid = wanted.guid(), .type = wanted.type, .text = wanted.text,
                          .references = wanted.references, .metadata = wanted.metadata, .rule_set = wanted.rule_set};
  out.events.push_back(SchemaStored{std::move(schema)});
  // The same content under an older, deleted version has served its time.
  if (const auto* versions = state.versions(subject))
    for (const auto& [number, old] : *versions)
      if (number != version && old.deleted && old.id == id && state.users_of(subject, number).empty()) out.events.push_back(SchemaErased{subject, number});
  return out;
}

Outcome<RegisterCommand> decide_tags(const State& state, ParsedSchemas& parsed, const TagCommand& command) {
  OUTCOME_TRY(auto number, parse_version(command.version));
  if (state.latest(command.subject) == nullptr) return subject_not_found(command.subject);
  const auto* schema = number == 0 ? state.latest(command.subject) : state.find(command.subject, number);
  if (schema == nullptr || schema->deleted) return version_not_found(command.version);
  const auto& asked = command.request;
  if (asked.rule_set && (asked.rules_to_merge || !asked.rules_to_remove.empty()))
    return refuse(code::invalid_rules, "ruleSet should be omitted if specifying rulesToMerge or rulesToRemove");
  auto current = parsed.of(*schema);
  if (!current) return refuse(code::invalid_schema, current.error().message);
  RegisterCommand out;
  out.subject = command.subject;
  out.request.text = schema->text;
  out.request.type = std::string(name_of(schema->type));
  out.request.references = schema->references;
  out.request.metadata = asked.metadata ? asked.metadata : schema->metadata;
  out.request.rule_set = asked.rule_set ? asked.rule_set : schema->rule_set;
  if (asked.rules_to_merge) out.request.rule_set = merged(out.request.rule_set, asked.rules_to_merge);
  if (out.request.rule_set)
    for (auto* rules : {&out.request.rule_set->migration_rules, &out.request.rule_set->domain_rules, &out.request.rule_set->encoding_rules})
      std::erase_if(*rules, [&](const Rule& r) { return std::find(asked.rules_to_remove.begin(), asked.rules_to_remove.end(), r.name) != asked.rules_to_remove.end(); });
  out.request.tags = asked.tags;
  out.request.propagate_tags = asked.propagate_tags;
  out.request.version = asked.new_version;
  return out;
}

// In one subject; empty when it is not there.
static Outcome<std::optional<Place>> look_up_in(const State& state, ParsedSchemas& parsed, const LookupQuery& query, const std::string& subject) {
  if (blank(query.request.text)) return std::optional<Place>{};
  OUTCOME_TRY(auto wanted, candidate(state, parsed, subject, query.request, query.normalize, false));
  if (const auto* there = same_in(state, parsed, subject, wanted, query.deleted)) return std::optional(Place{subject, there->version});
  // Once more as registering would have completed it: with what the latest version says, and the configuration.
  const auto* latest = state.latest(subject);
  if (latest == nullptr) return std::optional<Place>{};
  const auto metadata = wanted.metadata;
  const auto rule_set = wanted.rule_set;
  complete(wanted, state.config_in_force(subject), latest);
  if (const auto version = version_in(wanted.metadata); version && !version_in(metadata)) wanted.metadata->properties.erase(std::string(version_property));
  if (wanted.metadata == metadata && wanted.rule_set == rule_set) return std::optional<Place>{};
  if (const auto* there = same_in(state, parsed, subject, wanted, query.deleted)) return std::optional(Place{subject, there->version});
  return std::optional<Place>{};
}

Outcome<Place> look_up(const State& state, ParsedSchemas& parsed, const LookupQuery& query) {
  OUTCOME_TRY(auto place, look_up_in(state, parsed, query, query.subject));
  if (!place && !parse_subject(query.subject).qualified)   // an unqualified name may live in another context
    for (const auto& context : state.contexts()) {
      const auto other = SubjectName{context, query.subject}.text();
      if (other == query.subject || state.latest(other, query.deleted) == nullptr) continue;
      OUTCOME_TRY(place, look_up_in(state, parsed, query, other));
      if (place) break;
    }
  if (place) return *std::move(place);
  if (state.latest(query.subject, query.deleted) == nullptr) return subject_not_found(query.subject);
  return refuse(code::schema_not_found, "Schema not found");
}

Outcome<Verdict> check_compatibility(const State& state, ParsedSchemas& parsed, const CompatibilityQuery& query) {
  const auto& subject = query.subject;
  auto config = state.config_in_force(subject);
  std::int32_t number = 0;
  if (query.version) { OUTCOME_TRY(number, parse_version(*query.version)); }
  if (query.version && number != 0) {
    const auto* schema = state.find(subject, number);
    if (schema == nullptr || schema->deleted) return version_not_found(*query.version);
  }
  auto wanted = blank(query.request.text) ? Outcome<Candidate>(refuse(code::invalid_schema, "Empty schema"))
                                          : candidate(state, parsed, subject, query.request, query.normalize, false);
  if (!wanted) {
    if (query.verbose && wanted.error().code == code::invalid_schema) return Verdict{false, {wanted.error().message}};
    return std::unexpected(wanted.error());
  }
  auto previous = earlier(state, subject);
  if (query.version) {
    if (number != 0) previous = {state.find(subject, number)};
    else if (previous.size() > 1) previous.resize(1);
  }
  auto verdict = verdict_of(parsed, config, *wanted, std::move(previous));
  if (!query.example || verdict.differences.empty()) return verdict;
  if (const auto* old = state.find(subject, verdict.against))
    if (const auto other = parsed.of(*old)) {
      const bool new_reads_old = verdict.differences.front().new_reads_old;
      verdict.example = new_reads_old ? failing_record(*wanted->parsed, **other, true) : failing_record(**other, *wanted->parsed, false);
    }
  return verdict;
}

}  // namespace braid::registry
