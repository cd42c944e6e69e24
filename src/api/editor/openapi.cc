// What the editor's calls look like. Real answers are held against it in the tests.
#include "api/editor/editor.h"

namespace braid::api {

std::string_view editor_openapi() {
  return R"json({
"tags": [{"name": "sql", "description": "SQL for an editor: check, preview, words. Statements are executed by POST /ksql"}],
"paths": {
  "/api/v1/sql/check": {"post": {"operationId": "checkSql", "tags": ["sql"], "summary": "What each statement of a text would do; nothing is done. Later statements see the effects of earlier ones",
    "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["sql"], "properties": {"sql": {"type": "string"}}}}}},
    "responses": {"200": {"description": "One entry a statement, in order", "content": {"application/json": {"schema": {"type": "object", "required": ["statements"], "properties": {"statements": {"type": "array", "items": {"$ref": "#/components/schemas/CheckedStatement"}}}}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/sql/preview": {"post": {"operationId": "previewSql", "tags": ["sql"], "summary": "Rows that a SELECT would give, as they come; nothing is saved. Ends at the limit, after the time, or when the client goes away",
    "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["sql"], "properties": {"sql": {"type": "string", "description": "SELECT, CREATE ... AS SELECT or INSERT INTO ... SELECT"}, "from": {"type": "string", "enum": ["earliest", "latest"]}, "limit": {"type": "integer", "minimum": 1, "maximum": 10000}, "seconds": {"type": "integer", "minimum": 1, "maximum": 300}}}}}},
    "responses": {"200": {"description": "One JSON object a line: {columns}, {row}, {steps}, {nearest}, {error}, {end}", "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/sql/words": {"get": {"operationId": "sqlWords", "tags": ["sql"], "summary": "What can be typed: keywords, functions, streams and tables with their columns",
    "responses": {"200": {"description": "Words", "content": {"application/json": {"schema": {"type": "object", "required": ["keywords", "functions", "sources"], "properties": {"keywords": {"type": "array", "items": {"type": "string"}},
      "functions": {"type": "array", "items": {"type": "object", "required": ["name", "kind", "category", "signatures", "summary"], "properties": {"name": {"type": "string"}, "kind": {"type": "string", "enum": ["scalar", "aggregate", "table"]}, "category": {"type": "string"}, "signatures": {"type": "array", "items": {"type": "string"}}, "summary": {"type": "string"}}}},
      "sources": {"type": "array", "items": {"type": "object", "required": ["name", "kind", "topic", "columns", "product", "domain"], "properties": {"name": {"type": "string"}, "kind": {"type": "string", "enum": ["stream", "table"]}, "topic": {"type": "string"}, "columns": {"type": "array", "items": {"$ref": "#/components/schemas/SqlColumn"}}, "product": {"type": ["string", "null"]}, "domain": {"type": ["string", "null"]}}}}}}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/use-cases": {"get": {"operationId": "listUseCases", "tags": ["sql"], "summary": "Statements that one can start from; empty on a node without the demo",
    "responses": {"200": {"description": "Use cases", "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object", "required": ["name", "title", "description", "inputs", "output", "kind", "sql"], "properties": {"name": {"type": "string"}, "title": {"type": "string"}, "description": {"type": "string"}, "inputs": {"type": "array", "items": {"type": "string"}}, "output": {"type": "string"}, "kind": {"type": "string", "enum": ["stream", "table"]}, "sql": {"type": "string"}}}}}}}, "default": {"$ref": "#/components/responses/Error"}}}}
},
"components": {"schemas": {
  "SqlColumn": {"type": "object", "required": ["name", "type", "key"], "properties": {"name": {"type": "string"}, "type": {"type": "string"}, "key": {"type": "boolean"}}},
  "QueryPlan": {"type": "object", "required": ["steps"], "properties": {"steps": {"type": "array", "items": {"type": "object", "required": ["id", "kind", "title", "inputs", "begin", "end"], "properties": {"id": {"type": "integer"}, "kind": {"type": "string", "enum": ["source", "filter", "project", "flat_map", "key", "group", "aggregate", "join", "sink"]}, "title": {"type": "string"}, "inputs": {"type": "array", "items": {"type": "integer"}}, "begin": {"type": ["integer", "null"], "description": "Bytes of the text that it comes from"}, "end": {"type": ["integer", "null"]}}}}}},
  "SqlError": {"type": "object", "required": ["message", "hint", "begin", "end", "utf16_begin", "utf16_end", "line", "column"], "properties": {"message": {"type": "string"}, "hint": {"type": "string"}, "begin": {"type": "integer"}, "end": {"type": "integer"}, "utf16_begin": {"type": "integer"}, "utf16_end": {"type": "integer"}, "line": {"type": "integer"}, "column": {"type": "integer"}}},
  "CheckedStatement": {"type": "object", "required": ["begin", "end", "utf16_begin", "utf16_end", "text", "kind", "ok", "error", "reads", "writes", "sink_topic", "columns", "plan"], "properties": {
    "begin": {"type": "integer"}, "end": {"type": "integer"}, "utf16_begin": {"type": "integer"}, "utf16_end": {"type": "integer"}, "text": {"type": "string"}, "kind": {"type": "string"}, "ok": {"type": "boolean"},
    "error": {"oneOf": [{"$ref": "#/components/schemas/SqlError"}, {"type": "null"}]}, "reads": {"type": "array", "items": {"type": "string"}}, "writes": {"type": ["string", "null"]}, "sink_topic": {"type": ["string", "null"]},
    "columns": {"type": "array", "items": {"$ref": "#/components/schemas/SqlColumn"}}, "plan": {"oneOf": [{"$ref": "#/components/schemas/QueryPlan"}, {"type": "null"}]}}}
}}
})json";
}

}  // namespace braid::api
