// What the calls about users and ACLs look like. Real answers are held against it in the tests.
#include "api/security/security_api.h"

namespace braid::api {

std::string_view security_openapi() {
  return R"json({
"tags": [{"name": "security", "description": "Users who may log in, and ACLs: who may do what"}],
"paths": {
  "/api/v1/users": {"get": {"operationId": "listUsers", "tags": ["security"], "summary": "Who may log in; never a password",
    "responses": {"200": {"description": "Users by name", "content": {"application/json": {"schema": {"type": "object", "required": ["authentication", "users", "total"], "properties": {"authentication": {"type": "string", "enum": ["none", "required"]}, "users": {"type": "array", "items": {"$ref": "#/components/schemas/User"}}, "total": {"type": "integer"}}}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/users/{user}": {"parameters": [{"name": "user", "in": "path", "required": true, "schema": {"type": "string"}}],
    "put": {"operationId": "putUser", "tags": ["security"], "summary": "Make a user, or give a new password. Everybody may change their own",
      "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["password"], "properties": {"password": {"type": "string", "description": "8 to 1024 bytes; only salted hashes of it are kept"}, "iterations": {"type": "integer", "description": "4096 to 16384; 8192 if left out"}}}}}},
      "responses": {"200": {"description": "The password was changed", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}}, "201": {"description": "The user is new", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}}, "default": {"$ref": "#/components/responses/Error"}}},
    "delete": {"operationId": "removeUser", "tags": ["security"], "summary": "The user can no longer log in, and open Kafka connections of the user end. ACLs stay, as in Kafka",
      "responses": {"200": {"description": "The user is gone", "content": {"application/json": {"schema": {"type": "object", "required": ["removed", "acls_left"], "properties": {"removed": {"type": "string"}, "acls_left": {"type": "integer", "description": "ACLs that still name the user"}}}}}}, "default": {"$ref": "#/components/responses/Error"}}}},
  "/api/v1/acls": {
    "get": {"operationId": "listAcls", "tags": ["security"], "summary": "ACLs", "parameters": [{"$ref": "#/components/parameters/acl_user"}, {"$ref": "#/components/parameters/acl_operation"}, {"$ref": "#/components/parameters/acl_resource"}, {"$ref": "#/components/parameters/acl_name"}, {"$ref": "#/components/parameters/acl_pattern"}, {"$ref": "#/components/parameters/acl_permission"}, {"$ref": "#/components/parameters/acl_host"}],
      "responses": {"200": {"description": "ACLs that match", "content": {"application/json": {"schema": {"type": "object", "required": ["enforced", "acls", "total"], "properties": {"enforced": {"type": "boolean", "description": "false with authentication: none: they decide nothing yet"}, "acls": {"type": "array", "items": {"$ref": "#/components/schemas/Acl"}}, "total": {"type": "integer"}}}}}}, "default": {"$ref": "#/components/responses/Error"}}},
    "post": {"operationId": "addAcls", "tags": ["security"], "summary": "Add ACLs: all of them or none",
      "requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["acls"], "properties": {"acls": {"type": "array", "items": {"type": "object", "required": ["user", "operation", "resource"], "properties": {"user": {"type": "string", "description": "A name, or * for everybody"}, "operation": {"type": "string"}, "resource": {"type": "string"}, "name": {"type": "string", "description": "May be left out for cluster"}, "pattern": {"type": "string"}, "permission": {"type": "string"}, "host": {"type": "string"}}}}}}}}},
      "responses": {"200": {"description": "They were all there already", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AclsAdded"}}}}, "201": {"description": "Those that are new", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AclsAdded"}}}}, "default": {"$ref": "#/components/responses/Error"}}},
    "delete": {"operationId": "removeAcls", "tags": ["security"], "summary": "Remove the ACLs that match; at least one parameter must be there", "parameters": [{"$ref": "#/components/parameters/acl_user"}, {"$ref": "#/components/parameters/acl_operation"}, {"$ref": "#/components/parameters/acl_resource"}, {"$ref": "#/components/parameters/acl_name"}, {"$ref": "#/components/parameters/acl_pattern"}, {"$ref": "#/components/parameters/acl_permission"}, {"$ref": "#/components/parameters/acl_host"}, {"$ref": "#/components/parameters/dry_run"}],
      "responses": {"200": {"description": "Those that went, or would", "content": {"application/json": {"schema": {"type": "object", "required": ["dry_run", "removed"], "properties": {"dry_run": {"type": "boolean"}, "removed": {"type": "array", "items": {"$ref": "#/components/schemas/Acl"}}}}}}}, "default": {"$ref": "#/components/responses/Error"}}}}
},
"components": {
  "parameters": {
    "acl_user": {"name": "user", "in": "query", "schema": {"type": "string"}, "description": "A name, or * for those of everybody"},
    "acl_operation": {"name": "operation", "in": "query", "schema": {"type": "string", "enum": ["all", "read", "write", "create", "delete", "alter", "describe", "cluster-action", "describe-configs", "alter-configs", "idempotent-write"]}},
    "acl_resource": {"name": "resource", "in": "query", "schema": {"type": "string", "enum": ["topic", "group", "cluster", "transactional-id"]}},
    "acl_name": {"name": "name", "in": "query", "schema": {"type": "string"}},
    "acl_pattern": {"name": "pattern", "in": "query", "schema": {"type": "string", "enum": ["literal", "prefixed", "match"]}, "description": "match: all that concern the resource of that name, also by wildcard and prefix"},
    "acl_permission": {"name": "permission", "in": "query", "schema": {"type": "string", "enum": ["allow", "deny"]}},
    "acl_host": {"name": "host", "in": "query", "schema": {"type": "string"}}
  },
  "schemas": {
    "User": {"type": "object", "required": ["name", "super", "credentials"], "properties": {"name": {"type": "string"}, "super": {"type": "boolean", "description": "Everything is allowed"}, "credentials": {"type": "array", "items": {"type": "object", "required": ["mechanism", "iterations"], "properties": {"mechanism": {"type": "string", "enum": ["SCRAM-SHA-256", "SCRAM-SHA-512"]}, "iterations": {"type": "integer"}}}}}},
    "Acl": {"type": "object", "required": ["principal", "operation", "resource", "name", "pattern", "permission", "host"], "properties": {"principal": {"type": "string", "description": "User:NAME, User:* is everybody"}, "operation": {"type": "string"}, "resource": {"type": "string"}, "name": {"type": "string"}, "pattern": {"type": "string", "enum": ["literal", "prefixed"]}, "permission": {"type": "string", "enum": ["allow", "deny"]}, "host": {"type": "string"}}},
    "AclsAdded": {"type": "object", "required": ["added", "enforced"], "properties": {"added": {"type": "array", "items": {"$ref": "#/components/schemas/Acl"}}, "enforced": {"type": "boolean"}}}
  }
}
})json";
}

}  // namespace braid::api
