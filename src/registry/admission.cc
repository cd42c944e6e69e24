#include "registry/admission.h"

#include <algorithm>

#include "format/protobuf_schema/ast.h"
#include "registry/identity.h"
#include "registry/service.h"

namespace braid::registry {
namespace {

void message_names(const std::vector<format::protobuf_schema::Message>& messages, const std::string& prefix, std::vector<std::string>& out) {
  for (const auto& message : messages) {
    out.push_back(prefix + message.name);
    message_names(message.messages, prefix + message.name + ".", out);
  }
}

// What the record may be called: its full name in Avro, the title in JSON Schema, any message of a Protobuf file.
std::vector<std::string> record_names(const Parsed& parsed) {
  std::vector<std::string> out;
  const auto& any = parsed.any();
  if (const auto* avro = std::get_if<format::avro::SchemaPtr>(&any)) {
    const auto& root = (*avro)->root();
    if (root.named()) out.push_back(root.name.full());
  } else if (const auto* json = std::get_if<format::json_schema::SchemaPtr>(&any)) {
    if (const auto* title = (*json)->root.find("title"); title != nullptr && title->is_string()) out.push_back(title->text);
  } else {
    const auto& file = std::get<format::protobuf_schema::SchemaPtr>(any)->file();
    message_names(file.messages, file.package.empty() ? "" : file.package + ".", out);
  }
  return out;
}

std::vector<std::string> expected_subjects(const AdmissionQuery& query, const Parsed* parsed) {
  if (query.strategy == SubjectStrategy::topic) return {query.topic + (query.key ? "-key" : "-value")};
  std::vector<std::string> out;
  if (parsed == nullptr) return out;
  for (auto& name : record_names(*parsed)) out.push_back(query.strategy == SubjectStrategy::record ? name : query.topic + "-" + name);
  return out;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < 3; ++i) out += (i == 0 ? "" : ", ") + names[i];
  return names.size() > 3 ? out + ", ..." : out;
}

}  // namespace

Admission admit(Registry& registry, const AdmissionQuery& query, std::optional<SchemaId> id, std::optional<Guid> guid) {
  Admission out;
  auto& service = registry.service();
  const std::string named = id ? "schema id " + std::to_string(id->value) : "schema GUID " + guid_text(*guid);
  std::vector<Place> places;
  if (id) {
    if (auto found = service.places(*id, "", false)) places = *std::move(found);
  } else {
    for (const auto& [context, known] : service.state().ids_of(*guid))
      if (const auto* at = service.state().places_of(context, known))
        for (const auto& place : *at)
          if (const auto* schema = service.state().find(place.first, place.second); schema != nullptr && !schema->deleted) places.push_back(place);
  }
  if (places.empty()) {
    out.fault = named + " does not exist in the registry" + (id && service.by_id(*id, "") ? " any more: its versions were deleted" : "");
    return out;
  }
  const auto* any = service.state().find(places.front().first, places.front().second);
  Result<ParsedPtr> parsed = service.parsed().of(*any);
  auto expected = expected_subjects(query, parsed ? parsed->get() : nullptr);
  for (auto& subject : expected) subject = service.real_subject(subject);
  const auto here = std::ranges::find_if(places, [&](const Place& place) { return std::ranges::find(expected, place.first) != expected.end(); });
  if (here == places.end()) {
    std::vector<std::string> is_of;
    for (const auto& place : places) is_of.push_back(place.first);
    out.fault = named + " is of subject " + listed(is_of) + ", and the " + (query.key ? "keys" : "values") + " of topic " + query.topic + " need one of " +
                (expected.empty() ? "a subject that follows from the record's name, and this schema has none" : "subject " + listed(expected));
    return out;
  }
  out.subject = here->first;
  if (!query.options.structure && !query.options.rules) return out;
  const auto& schema = *service.state().find(here->first, here->second);
  if (!query.options.structure && (!schema.rule_set || server_conditions(*schema.rule_set, query.options.reading).empty())) return out;
  parsed = service.parsed().of(schema);
  if (!parsed) {
    out.fault = named + " cannot be read: " + parsed.error().message;
    return out;
  }
  auto check = RecordCheck::compile(schema, *parsed, query.options);
  if (!check) out.fault = named + ": " + check.error().message;
  else if (!(*check)->idle()) out.check = *std::move(check);
  return out;
}

}  // namespace braid::registry
