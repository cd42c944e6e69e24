// What has happened in the mesh: one JSON value in `_braid_mesh` per change, which is also its audit entry, its history and its notification.
// Format and how it may grow: docs/formats/mesh_events.md. Plain values.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace braid::mesh {

inline constexpr int event_format = 1;

struct Event {
  std::string type;                // "product.published", ...: see event_types()
  std::string kind, subject;       // "product", "stocktrades"
  std::string domain;              // that owns the subject; empty for people without a team
  std::string by;                  // the person
  std::string acting_as;           // the domain in whose name they acted; "platform", or "set-up" while nobody was defined
  std::string client;              // where from
  std::int64_t at_ms = 0;
  std::int64_t revision = 0;       // of the subject, after this event
  json::object before, after;      // only the fields that changed; `before` is empty for something new, `after` for something removed
  std::vector<std::string> told;   // consumers and queries that were named before it happened
  std::int64_t offset = -1;        // in _braid_mesh; not part of the JSON

  friend bool operator==(const Event&, const Event&) = default;
};

json::object to_json(const Event& event);
std::string encode(const Event& event);
Result<Event> decode_event(std::string_view text);      // any bytes in: an event or an error
const std::vector<std::string_view>& event_types();

// The fields whose values differ, as `before` and `after` of an event need them. A field that only one side has is null on the other.
void difference(const json::object& old_form, const json::object& new_form, json::object& before, json::object& after);

}  // namespace braid::mesh
