// What the live numbers, activity and profiles look like. Real answers are held against it in the tests.
#include "api/observe/observe_api.h"

namespace braid::api {

std::string_view observe_openapi() {
  return R"json({
"tags": [{"name": "observe", "description": "Live numbers, activity, profiles, and what is promised beside what is measured"}],
"paths": {
  "/api/v1/live": {"get": {"operationId": "live", "tags": ["observe"], "summary": "Live numbers as server-sent events: the first at once, then one `tick` a second, each a LiveNumbers",
    "parameters": [{"name": "topics", "in": "query", "schema": {"type": "string"}, "description": "Names with commas between; without it all topics that people made"},
      {"name": "as", "in": "query", "schema": {"type": "string"}, "description": "On a loopback address: whom one acts as, for clients that cannot set a header"}],
    "responses": {"200": {"description": "Ticks without end", "content": {"text/event-stream": {"schema": {"$ref": "#/components/schemas/LiveNumbers"}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/live/snapshot": {"get": {"operationId": "liveSnapshot", "tags": ["observe"], "summary": "The live numbers, once",
    "parameters": [{"name": "topics", "in": "query", "schema": {"type": "string"}, "description": "Names with commas between; without it all topics that people made"}],
    "responses": {"200": {"description": "As they are", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LiveNumbers"}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/topics/{topic}/activity": {
    "parameters": [{"name": "topic", "in": "path", "required": true, "schema": {"type": "string"}}],
    "get": {"operationId": "topicActivity", "tags": ["observe"], "summary": "What came, period by period, and how long the topic could be reached; minutes are kept for two hours, in memory only, hours for 8 days, days for 92",
      "parameters": [{"name": "period", "in": "query", "schema": {"type": "string"}, "description": "1m, 2m, 3m, 5m, 10m, 15m, 30m, ..., 1h, 2h, 3h, 4h, 6h, 8h, 12h, 1d, 7d, ... (6h)"}, {"name": "periods", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 500}, "description": "28"}],
      "responses": {"200": {"description": "Periods, oldest first; the last one is the present", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Activity"}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/activity": {"get": {"operationId": "activity", "tags": ["observe"], "summary": "What came to many topics, period by period, in short", "parameters": [
      {"name": "topics", "in": "query", "schema": {"type": "string"}, "description": "Names with commas between, unknown ones are left out; without it all topics that people made"},
      {"name": "period", "in": "query", "schema": {"type": "string"}, "description": "As for one topic (1m)"}, {"name": "periods", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 500}, "description": "60"}],
      "responses": {"200": {"description": "Beside each time in `from`, oldest first, one count of each topic; null: nobody watched. The last one is the present", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Activities"}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/promises": {"get": {"operationId": "promises", "tags": ["observe"], "summary": "What all published and deprecated products promise, beside what is measured", "parameters": [
      {"name": "domain", "in": "query", "schema": {"type": "string"}}, {"name": "owner", "in": "query", "schema": {"type": "string"}, "description": "A team"},
      {"name": "state", "in": "query", "schema": {"type": "string"}, "description": "Products in these states only: kept, close, broken, unknown, with commas between"}],
      "responses": {"200": {"description": "By name of the product", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AllPromises"}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/topics/{topic}/profile": {
    "parameters": [{"name": "topic", "in": "path", "required": true, "schema": {"type": "string"}}],
    "get": {"operationId": "topicProfile", "tags": ["observe"], "summary": "What is in the records of a topic, field by field: of a port of a product the running profile, otherwise of the newest records",
      "parameters": [{"name": "records", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100000}, "description": "Of the newest so many records, read now, whatever is running"}],
      "responses": {"200": {"description": "The profile", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TopicProfile"}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/products/{product}/profile": {
    "parameters": [{"name": "product", "in": "path", "required": true, "schema": {"type": "string"}}],
    "get": {"operationId": "productProfile", "tags": ["observe"], "summary": "The profiles of a product's ports, and its promises beside what is measured",
      "responses": {"200": {"description": "One profile per topic", "content": {"application/json": {"schema": {"type": "object", "required": ["product", "sla", "uptime", "ports"], "properties": {"product": {"type": "string"}, "sla": {"type": "string"},
        "uptime": {"type": ["number", "null"], "description": "The lowest of its ports; null while it is not known of one of them"},
        "ports": {"type": "array", "items": {"oneOf": [{"$ref": "#/components/schemas/TopicProfile"}, {"type": "object", "required": ["port", "topic", "missing"], "properties": {"port": {"type": "string"}, "topic": {"type": "string"}, "missing": {"type": "string"}}}]}}}}}}}, "default": {"$ref": "#/components/responses/Error"}}}}
},
"components": {"schemas": {
  "LiveNumbers": {"type": "object", "required": ["at", "node", "topics", "queries"], "properties": {"at": {"type": "string"},
    "node": {"type": "object", "required": ["records_per_second", "bytes_per_second", "topics", "queries", "connections", "uptime_s", "event_log", "version", "not_writable"], "properties": {
      "records_per_second": {"type": ["number", "null"]}, "bytes_per_second": {"type": ["number", "null"]}, "topics": {"type": "integer"}, "queries": {"type": "integer"}, "connections": {"type": "integer"},
      "uptime_s": {"type": "integer"}, "event_log": {"type": "string"}, "version": {"type": "string"}, "not_writable": {"type": ["string", "null"], "description": "Why the log takes no records"}}},
    "topics": {"type": "object", "additionalProperties": {"type": "object", "required": ["records_per_second", "bytes_per_second", "records", "last_record_at", "age_s"], "properties": {
      "records_per_second": {"type": ["number", "null"], "description": "Over the last five seconds; null before the second look"}, "bytes_per_second": {"type": ["number", "null"]}, "records": {"type": "integer"},
      "last_record_at": {"type": ["string", "null"]}, "age_s": {"type": ["number", "null"]}}}},
    "queries": {"type": "object", "additionalProperties": {"type": "object", "required": ["state", "records_in_per_second", "records_out_per_second", "records_in", "records_out", "errors", "lag"], "properties": {
      "state": {"type": "string"}, "records_in_per_second": {"type": ["number", "null"]}, "records_out_per_second": {"type": ["number", "null"]}, "records_in": {"type": "integer"}, "records_out": {"type": "integer"},
      "errors": {"type": "integer"}, "lag": {"type": "integer"}}}}}},
  "Activity": {"type": "object", "required": ["topic", "period_s", "periods"], "properties": {"topic": {"type": "string"}, "period_s": {"type": "integer"},
    "periods": {"type": "array", "items": {"type": "object", "required": ["from", "records", "bytes", "availability", "worst_gap_s", "watched_s", "down_s"], "properties": {"from": {"type": "string"},
      "records": {"type": ["integer", "null"], "description": "null: nobody watched"}, "bytes": {"type": ["integer", "null"]}, "availability": {"type": ["number", "null"], "description": "Share of the known time in which it could be written and read"},
      "worst_gap_s": {"type": ["integer", "null"], "description": "The longest time without a record"}, "watched_s": {"type": "integer"}, "down_s": {"type": "integer", "description": "The node was not running"}}}}}},
  "Activities": {"type": "object", "required": ["period_s", "from", "topics"], "properties": {"period_s": {"type": "integer"}, "from": {"type": "array", "items": {"type": "string"}}, "topics": {"type": "object", "additionalProperties": {
    "type": "object", "required": ["records", "bytes"], "properties": {"records": {"type": "array", "items": {"type": ["integer", "null"]}}, "bytes": {"type": "array", "items": {"type": ["integer", "null"]}}}}}}},
  "AllPromises": {"type": "object", "required": ["at", "summary", "products"], "properties": {"at": {"type": "string"},
    "summary": {"type": "object", "description": "Products by state", "required": ["kept", "close", "broken", "unknown"], "additionalProperties": {"type": "integer"}},
    "products": {"type": "array", "items": {"type": "object", "required": ["product", "domain", "owner", "sla", "state", "promises"], "properties": {"product": {"type": "string"}, "domain": {"type": "string"}, "owner": {"type": "string"}, "sla": {"type": "string"},
      "state": {"type": "string", "enum": ["kept", "close", "broken", "unknown"], "description": "The worst of its promises that are known; unknown when none is"},
      "promises": {"type": "array", "items": {"type": "object", "required": ["port", "topic", "name", "field", "promised", "measured", "state", "why"], "properties": {"port": {"type": "string"}, "topic": {"type": "string"},
        "name": {"$ref": "#/components/schemas/Promise/properties/name"}, "field": {"type": ["string", "null"]}, "promised": {"$ref": "#/components/schemas/Promise/properties/promised"}, "measured": {"$ref": "#/components/schemas/Promise/properties/measured"},
        "state": {"$ref": "#/components/schemas/Promise/properties/state"}, "why": {"type": "string"}}}}}}}}},
  "Promise": {"type": "object", "required": ["name", "field", "promised", "measured", "state", "why", "history"], "properties": {"name": {"type": "string", "enum": ["freshness", "availability", "volume", "history", "nulls"]}, "field": {"type": ["string", "null"], "description": "Of nulls: the path of the field, as in the profile"},
    "promised": {"type": "object", "required": ["text", "value", "unit", "from"], "properties": {"text": {"type": "string"}, "value": {"type": "number"}, "unit": {"type": "string"}, "from": {"type": "string", "description": "product, or the tier that says so"}}},
    "measured": {"oneOf": [{"type": "null"}, {"type": "object", "required": ["value", "unit"], "properties": {"value": {"type": "number"}, "unit": {"type": "string"}}}]},
    "state": {"type": "string", "enum": ["kept", "close", "broken", "unknown"]}, "why": {"type": "string"},
    "history": {"type": "array", "description": "28 periods of 6 hours; empty for history and nulls", "items": {"type": "object", "required": ["from", "state", "value"], "properties": {"from": {"type": "string"}, "state": {"type": "string", "enum": ["kept", "close", "broken", "unknown"]}, "value": {"type": ["number", "null"]}}}}}},
  "FieldProfile": {"type": "object", "required": ["path", "in", "type", "logical", "count", "nulls", "absent", "distinct", "min", "max", "mean", "quantiles", "histogram", "top", "shapes", "lengths"], "properties": {
    "path": {"type": "string", "description": "a.b inside, tags[] elements, attrs{} values and attrs{key} keys of a map; (key) and (value) for what is no record"}, "in": {"type": "string", "enum": ["key", "value"]}, "type": {"type": "string"},
    "logical": {"type": ["string", "null"], "description": "timestamp, date, time; epoch-ms: whole numbers that all look like milliseconds since 1970"},
    "count": {"type": "integer", "description": "Without nulls"}, "nulls": {"type": "integer"}, "absent": {"type": "integer", "description": "Records that do not have the field at all: of an older schema, or JSON without it"},
    "distinct": {"oneOf": [{"type": "null"}, {"type": "object", "required": ["estimate", "error"], "properties": {"estimate": {"type": "integer"}, "error": {"type": "number", "description": "Standard error as a share; 0: exact"}}}]},
    "min": {}, "max": {}, "mean": {},
    "quantiles": {"oneOf": [{"type": "null"}, {"type": "object", "required": ["p01", "p05", "p25", "p50", "p75", "p95", "p99"], "properties": {"p01": {}, "p05": {}, "p25": {}, "p50": {}, "p75": {}, "p95": {}, "p99": {}}}]},
    "histogram": {"oneOf": [{"type": "null"}, {"type": "object", "required": ["scale", "bins"], "properties": {"scale": {"type": "string", "enum": ["linear", "log"]}, "bins": {"type": "array", "items": {"type": "object", "required": ["from", "to", "count"], "properties": {"from": {"type": "number"}, "to": {"type": "number"}, "count": {"type": "integer"}}}}}}]},
    "top": {"type": "array", "items": {"type": "object", "required": ["value", "count", "error", "share"], "properties": {"value": {}, "count": {"type": "integer"}, "error": {"type": "integer", "description": "By how much the count may be too large"}, "share": {"type": "number"}}}},
    "shapes": {"type": "array", "items": {"type": "object", "required": ["shape", "count", "share"], "properties": {"shape": {"type": "string"}, "count": {"type": "integer"}, "share": {"type": "number"}}}},
    "lengths": {"oneOf": [{"type": "null"}, {"type": "object", "required": ["min", "max", "mean"], "properties": {"min": {"type": "integer"}, "max": {"type": "integer"}, "mean": {"type": "number"}}}], "description": "Characters, bytes or elements"},
    "not_numbers": {"type": "integer", "description": "NaN and infinities"}}},
  "TopicProfile": {"type": "object", "required": ["topic", "basis", "since", "records", "profiled", "sampled", "undecodable", "undecodable_reasons", "records_per_second", "bytes_per_second", "last_record_at", "age_s", "promises", "uptime", "fields", "fields_left_out", "lag", "problem", "memory_bytes"], "properties": {
    "port": {"type": "string"}, "topic": {"type": "string"},
    "basis": {"type": "object", "required": ["kind", "text"], "properties": {"kind": {"type": "string", "enum": ["running", "newest"]}, "text": {"type": "string", "description": "A sentence on which records this is about"}}},
    "since": {"type": ["string", "null"]}, "records": {"type": "integer", "description": "Passed, looked into or not"}, "profiled": {"type": "integer", "description": "Looked into: what the counts of the fields are about"},
    "sampled": {"oneOf": [{"type": "null"}, {"type": "object", "required": ["now", "share"], "properties": {"now": {"type": "string", "description": "1/16: one block of 1,024 offsets in 16"}, "share": {"type": "number", "description": "profiled of records"}}}]},
    "undecodable": {"type": "integer"}, "undecodable_reasons": {"type": "array", "items": {"type": "object", "required": ["reason", "count"], "properties": {"reason": {"type": "string"}, "count": {"type": "integer"}}}},
    "records_per_second": {"type": ["number", "null"]}, "bytes_per_second": {"type": ["number", "null"]}, "last_record_at": {"type": ["string", "null"]}, "age_s": {"type": ["number", "null"]},
    "lag": {"type": "integer", "description": "Records that wait for the profile"}, "problem": {"type": ["string", "null"]}, "memory_bytes": {"type": "integer"}, "fields_left_out": {"type": "integer"}, "values_hidden": {"type": ["string", "null"], "description": "Why nothing of what is in the records is shown: the caller may not read the topic"},
    "uptime": {"type": "object", "required": ["value", "over_s", "why"], "properties": {"value": {"type": ["number", "null"]}, "over_s": {"type": "integer"}, "why": {"type": "string"}}},
    "promises": {"type": "array", "items": {"$ref": "#/components/schemas/Promise"}}, "fields": {"type": "array", "items": {"$ref": "#/components/schemas/FieldProfile"}}}}
}}
})json";
}

}  // namespace braid::api
