#include "mesh/event.h"

#include <algorithm>

#include "base/clock.h"
#include "mesh/model.h"

namespace braid::mesh {

const std::vector<std::string_view>& event_types() {
  static const std::vector<std::string_view> types{
      "consumer.registered", "consumer.unregistered", "domain.changed", "domain.defined", "domain.removed", "person.changed", "person.defined", "person.removed",
      "product.changed", "product.deprecated", "product.drafted", "product.published", "product.removed", "product.retired", "team.changed", "team.defined", "team.removed"};
  return types;
}

json::object to_json(const Event& e) {
  json::object o{{"v", event_format}, {"type", e.type}, {"kind", e.kind}, {"subject", e.subject}, {"domain", e.domain}, {"by", e.by}, {"acting_as", e.acting_as},
                 {"at", iso8601(e.at_ms)}, {"revision", e.revision}, {"before", e.before}, {"after", e.after}};
  if (!e.client.empty()) o["client"] = e.client;
  if (!e.told.empty()) {
    json::array told;
    for (const auto& t : e.told) told.emplace_back(t);
    o["told"] = std::move(told);
  }
  if (e.offset >= 0) o["offset"] = e.offset;
  return o;
}

std::string encode(const Event& event) {
  json::object o = to_json(event);
  o.erase("offset");
  return json::print(o);
}

Result<Event> decode_event(std::string_view text) {
  TRY(auto o, json::parse_object(text));
  TRY(const auto version, json::optional_int(o, "v"));
  if (version.value_or(0) < 1) return fail(ErrorCode::corrupt, "the event has no version \"v\"");
  if (*version > event_format)
    return fail(ErrorCode::unsupported, "the event is of format " + std::to_string(*version) + ", this node knows up to " + std::to_string(event_format), "start a newer braid on this log");
  Event e;
  TRY(e.type, json::required_string(o, "type"));
  TRY(e.kind, json::required_string(o, "kind"));
  TRY(e.subject, json::required_string(o, "subject"));
  const auto optional = [&](std::string_view field, std::string& into) -> Result<void> {
    TRY(auto v, json::optional_string(o, field));
    into = v.value_or("");
    return {};
  };
  TRY_VOID(optional("domain", e.domain));
  TRY_VOID(optional("by", e.by));
  TRY_VOID(optional("acting_as", e.acting_as));
  TRY_VOID(optional("client", e.client));
  TRY(const auto at, json::required_string(o, "at"));
  TRY(e.at_ms, parse_date_ms(at));
  TRY(const auto revision, json::optional_int(o, "revision"));
  e.revision = revision.value_or(0);
  for (const auto& [field, into] : {std::pair{"before", &e.before}, std::pair{"after", &e.after}}) {
    const json::value* v = o.if_contains(field);
    if (!v || v->is_null()) continue;
    if (!v->is_object()) return fail(ErrorCode::corrupt, "field '" + std::string(field) + "' of the event must be an object");
    *into = v->get_object();
  }
  TRY(e.told, json::string_list(o, "told"));
  return e;
}

void difference(const json::object& old_form, const json::object& new_form, json::object& before, json::object& after) {
  for (const auto& field : old_form) {
    const json::value* now = new_form.if_contains(field.key());
    if (now && *now == field.value()) continue;
    before[field.key()] = field.value();
    after[field.key()] = now ? *now : json::value(nullptr);
  }
  for (const auto& field : new_form) {
    if (old_form.contains(field.key())) continue;
    before[field.key()] = nullptr;
    after[field.key()] = field.value();
  }
}

}  // namespace braid::mesh
