// What /api/v1/topics and /api/v1/load look like. Real answers are held against it in the tests.
#include "api/records/records.h"

namespace braid::api {

std::string_view records_openapi() {
  return R"json({
"tags": [{"name": "records", "description": "Topics, their records in and out, files into topics"}],
"paths": {
  "/api/v1/topics": {
    "get": {"operationId": "listTopics", "tags": ["records"], "summary": "Topics by name",
      "parameters": [{"name": "internal", "in": "query", "schema": {"type": "boolean"}, "description": "Also those that the node keeps: their names begin with _, and the log of what queries could not process"}],
      "responses": {"200": {"description": "Topics", "content": {"application/json": {"schema": {"type": "object", "required": ["topics"], "properties": {"topics": {"type": "array", "items": {"$ref": "#/components/schemas/Topic"}}}}}}}, "default": {"$ref": "#/components/responses/Error"}}},
    "post": {"operationId": "createTopic", "tags": ["records"], "summary": "Create a topic",
      "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "partitions": {"type": "integer", "minimum": 1, "maximum": 10000}, "configs": {"type": "object", "description": "Kafka's names and values"}}}}}},
      "responses": {"201": {"description": "The topic", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TopicInFull"}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/topics/{topic}": {
    "parameters": [{"name": "topic", "in": "path", "required": true, "schema": {"type": "string"}}],
    "get": {"operationId": "getTopic", "tags": ["records"], "summary": "One topic, with the offsets of its partitions, its configuration and its schemas",
      "responses": {"200": {"description": "The topic", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TopicInFull"}}}}, "default": {"$ref": "#/components/responses/Error"}}},
    "patch": {"operationId": "changeTopic", "tags": ["records"], "summary": "More partitions, other configurations; null sets one back to its default",
      "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "properties": {"partitions": {"type": "integer", "minimum": 1, "maximum": 10000}, "configs": {"type": "object"}}}}}},
      "responses": {"200": {"description": "The topic as it is now", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TopicInFull"}}}}, "default": {"$ref": "#/components/responses/Error"}}},
    "delete": {"operationId": "deleteTopic", "tags": ["records"], "summary": "Delete a topic with its records",
      "responses": {"204": {"description": "It is gone"}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/topics/{topic}/records": {
    "parameters": [{"name": "topic", "in": "path", "required": true, "schema": {"type": "string"}}],
    "get": {"operationId": "readRecords", "tags": ["records"], "summary": "Records, decoded by their schemas; with follow=true one JSON object a line as they come",
      "parameters": [{"name": "from", "in": "query", "schema": {"type": "string"}, "description": "beginning, end, an offset, -N for the newest N, or a time"},
        {"name": "partition", "in": "query", "schema": {"type": "integer"}}, {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 0}},
        {"name": "key", "in": "query", "schema": {"type": "string"}, "description": "Only records with this key"}, {"name": "follow", "in": "query", "schema": {"type": "boolean"}}],
      "responses": {"200": {"description": "Records in order of time", "content": {"application/json": {"schema": {"type": "object", "required": ["records"], "properties": {"records": {"type": "array", "items": {"$ref": "#/components/schemas/Record"}}}}}, "application/x-ndjson": {"schema": {"$ref": "#/components/schemas/Record"}}}}, "default": {"$ref": "#/components/responses/Error"}}},
    "post": {"operationId": "writeRecords", "tags": ["records"], "summary": "Write records, by the topic's schema where it has one; all are checked before the first is written",
      "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["records"], "properties": {
        "records": {"type": "array", "items": {"type": "object", "properties": {"key": {}, "value": {}, "headers": {"type": "object"}, "timestamp": {"type": ["integer", "null"]}, "partition": {"type": ["integer", "null"]}}}},
        "key_schema": {"type": ["string", "integer", "null"], "description": "latest (default), none, or the id of a schema"}, "value_schema": {"type": ["string", "integer", "null"], "description": "latest (default), none, or the id of a schema"}}}}}},
      "responses": {"200": {"description": "Where they are", "content": {"application/json": {"schema": {"type": "object", "required": ["written", "offsets"], "properties": {"written": {"type": "integer"}, "offsets": {"type": "array", "items": {"type": "object", "required": ["partition", "offset"], "properties": {"partition": {"type": "integer"}, "offset": {"type": "integer"}}}}}}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/load": {
    "post": {"operationId": "loadFile", "tags": ["records"], "summary": "A CSV or JSON file into a topic, with an Avro schema made from its content; a load that broke off goes on when it is repeated",
      "parameters": [{"name": "topic", "in": "query", "required": true, "schema": {"type": "string"}}, {"name": "source", "in": "query", "schema": {"type": "string"}, "description": "The file's name: a repeated load is recognised by it"},
        {"name": "format", "in": "query", "schema": {"type": "string", "enum": ["csv", "json"]}}, {"name": "delimiter", "in": "query", "schema": {"type": "string"}}, {"name": "header", "in": "query", "schema": {"type": "boolean"}},
        {"name": "key", "in": "query", "schema": {"type": "string"}}, {"name": "partitions", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000}}, {"name": "append", "in": "query", "schema": {"type": "boolean"}}],
      "requestBody": {"required": true, "content": {"application/octet-stream": {}}},
      "responses": {"200": {"description": "What became of the rows", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LoadReport"}}}}, "default": {"$ref": "#/components/responses/Error"}}}}
},
"components": {"schemas": {
  "TopicSchema": {"type": "object", "required": ["subject", "version", "id", "type"], "properties": {"subject": {"type": "string"}, "version": {"type": "integer"}, "id": {"type": "integer"}, "type": {"type": "string"}, "schema": {"type": "string"}}},
  "Topic": {"type": "object", "required": ["name", "partitions", "internal", "id", "records"], "properties": {"name": {"type": "string"}, "partitions": {"type": "integer"}, "internal": {"type": "boolean"}, "id": {"type": "string"},
    "records": {"type": "integer", "description": "Between the earliest and the end offset of all partitions"}, "key_schema": {"$ref": "#/components/schemas/TopicSchema"}, "value_schema": {"$ref": "#/components/schemas/TopicSchema"}}},
  "TopicInFull": {"allOf": [{"$ref": "#/components/schemas/Topic"}, {"type": "object", "required": ["bounds", "configs"], "properties": {
    "bounds": {"type": "array", "items": {"type": "object", "required": ["partition", "earliest", "end"], "properties": {"partition": {"type": "integer"}, "earliest": {"type": "integer"}, "end": {"type": "integer"}}}},
    "configs": {"type": "object", "additionalProperties": {"type": "string"}}, "contract": {"$ref": "#/components/schemas/TopicContract"}}}]},
  "TopicContract": {"type": "object", "description": "What records must keep to come into the topic, and how many did not since the node started; absent when the log is a Kafka cluster, which does not ask this node. Set by the topic's settings confluent.*.schema.validation and braid.contract.*",
    "required": ["checks_keys", "checks_values", "checks_payload", "checks_rules", "action", "dead_letter_topic", "checked", "refused", "diverted", "counted", "newest"], "properties": {
    "checks_keys": {"type": "boolean"}, "checks_values": {"type": "boolean"}, "checks_payload": {"type": "boolean"}, "checks_rules": {"type": "boolean"}, "action": {"type": "string", "enum": ["refuse", "divert", "count"]},
    "dead_letter_topic": {"type": "string"}, "checked": {"type": "integer"}, "refused": {"type": "integer"}, "diverted": {"type": "integer"}, "counted": {"type": "integer"},
    "newest": {"type": "array", "items": {"type": "object", "required": ["at", "action", "partition", "record", "reason"], "properties": {"at": {"type": "string"}, "action": {"type": "string", "enum": ["refused", "diverted", "counted"]}, "partition": {"type": "integer"},
      "record": {"type": "integer", "description": "Its place in the batch that it came in"}, "reason": {"type": "string"}}}}}},
  "Record": {"type": "object", "required": ["partition", "offset", "timestamp", "key", "value"], "properties": {"partition": {"type": "integer"}, "offset": {"type": "integer"}, "timestamp": {"type": "string"},
    "key": {}, "key_format": {"type": "string"}, "key_schema_id": {"type": "integer"}, "key_problem": {"type": "string"}, "value": {}, "value_format": {"type": "string", "description": "AVRO, PROTOBUF, JSON_SR, JSON, TEXT or BINARY"},
    "value_schema_id": {"type": "integer"}, "value_problem": {"type": "string", "description": "Why the value is shown raw"}, "value_bytes": {"type": "integer", "description": "The size of what could not be read"}, "value_hex": {"type": "string", "description": "Its first 1,024 bytes"}, "key_bytes": {"type": "integer"}, "key_hex": {"type": "string"}, "headers": {"type": "array", "items": {"type": "object", "required": ["name", "value"], "properties": {"name": {"type": "string"}, "value": {}}}}}},
  "LoadReport": {"type": "object", "required": ["topic", "topic_created", "subject", "schema_id", "rows_read", "rows_written", "rows_already_there", "rows_rejected", "rejected", "columns"], "properties": {
    "topic": {"type": "string"}, "topic_created": {"type": "boolean"}, "subject": {"type": "string"}, "schema_id": {"type": "integer"}, "rows_read": {"type": "integer"}, "rows_written": {"type": "integer"},
    "rows_already_there": {"type": "integer"}, "rows_rejected": {"type": "integer"}, "rejected": {"type": "array", "items": {"type": "string"}, "description": "The first ones, each with its line"},
    "columns": {"type": "array", "items": {"type": "object", "required": ["name", "source_name", "type"], "properties": {"name": {"type": "string"}, "source_name": {"type": "string"}, "type": {"type": "string"}}}}}}
}}
})json";
}

}  // namespace braid::api
