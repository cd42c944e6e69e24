#include "api/openapi/document.h"

namespace braid::api {

std::string_view openapi_common() {
  return R"json({
"openapi": "3.1.0",
"info": {
  "title": "Braid",
  "version": "1",
  "summary": "A data mesh in one binary",
  "description": "Domains, data products and their consumers; search; topics and records; the audit. On a loopback address the caller says whom it acts as in the header Braid-As. Streaming SQL, the schema registry and the stream catalog are served beside this under their own well-known paths (/ksql, /query-stream, /subjects, /catalog/v1).",
  "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}
},
"servers": [{"url": "/"}],
"security": [{}, {"actAs": []}, {"login": []}],
"tags": [],
"paths": {},
"components": {
  "securitySchemes": {"login": {"type": "http", "scheme": "basic", "description": "A user and a password, on a node with authentication: required"}, "actAs": {"type": "apiKey", "in": "header", "name": "Braid-As", "description": "The person one acts as, on a loopback address"}},
  "parameters": {
    "dry_run": {"name": "dry_run", "in": "query", "schema": {"type": "boolean"}, "description": "Say what would happen, and change nothing"},
    "confirm": {"name": "confirm", "in": "query", "schema": {"type": "string"}, "description": "The token of the impact that was shown; it holds for exactly that list"},
    "force": {"name": "force", "in": "query", "schema": {"type": "boolean"}, "description": "Go on whoever is affected"},
    "if_match": {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "description": "The revision one has seen, as in ETag"},
    "limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 500}},
    "offset": {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0}}
  },
  "responses": {
    "Error": {"description": "Refused, or failed: what was asked, what was seen, what to do next", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}
  },
  "schemas": {
    "Time": {"type": "string", "format": "date-time", "description": "ISO 8601 in UTC, with milliseconds"},
    "Error": {
      "type": "object",
      "required": ["error_code", "code", "message"],
      "properties": {
        "error_code": {"type": "integer", "description": "The HTTP status"},
        "code": {"type": "string", "enum": ["invalid_input", "not_found", "already_exists", "conflict", "incompatible", "unauthenticated", "forbidden", "unsupported", "overloaded", "timeout", "stopping", "unavailable", "io", "corrupt", "bug"]},
        "message": {"type": "string"},
        "hint": {"type": "string", "description": "What to do next"},
        "where": {"type": "object", "required": ["begin", "end"], "properties": {"begin": {"type": "integer"}, "end": {"type": "integer"}}, "description": "Bytes of the text that was given"},
        "problems": {"type": "array", "items": {"type": "object", "required": ["field", "message"], "properties": {"field": {"type": "string", "description": "JSON pointer"}, "message": {"type": "string"}}}, "description": "Everything that is missing or wrong, at once"},
        "impact": {"$ref": "#/components/schemas/Impact"},
        "changed_since": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}, "description": "What others changed since the revision one had seen"},
        "revision": {"type": "integer", "description": "The revision there is now"}
      }
    }
  }
}
})json";
}

}  // namespace braid::api
