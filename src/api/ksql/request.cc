#include "api/ksql/request.h"

#include "base/limits/texts.h"

namespace braid::api {
namespace {

Result<std::map<std::string, std::string>> texts_of(const json::object& body, std::string_view field) {
  std::map<std::string, std::string> out;
  const auto* given = body.if_contains(field);
  if (given == nullptr || given->is_null()) return out;
  if (!given->is_object()) return fail(ErrorCode::invalid_input, "field '" + std::string(field) + "' must be an object of names and values");
  for (const auto& [name, value] : given->get_object()) {
    if (value.is_null()) continue;
    out[std::string(name)] = value.is_string() ? std::string(value.get_string()) : json::print(value);
  }
  return out;
}

struct Namer {
  static std::string source(std::string_view before, sql::SourceKind kind, std::string_view after = "") {
    return std::string(before) + (kind == sql::SourceKind::stream ? "Stream" : "Table") + std::string(after);
  }
  std::string operator()(const sql::Query&) { return "Query"; }
  std::string operator()(const sql::CreateSource& s) { return source("Create", s.kind); }
  std::string operator()(const sql::CreateAs& s) { return source("Create", s.kind, "AsSelect"); }
  std::string operator()(const sql::InsertInto&) { return "InsertInto"; }
  std::string operator()(const sql::InsertValues&) { return "InsertValues"; }
  std::string operator()(const sql::AlterSource&) { return "AlterSource"; }
  std::string operator()(const sql::DropSource& s) { return source("Drop", s.kind); }
  std::string operator()(const sql::CreateType&) { return "RegisterType"; }
  std::string operator()(const sql::DropType&) { return "DropType"; }
  std::string operator()(const sql::Show&) { return "List"; }
  std::string operator()(const sql::Describe&) { return "Describe"; }
  std::string operator()(const sql::Print&) { return "PrintTopic"; }
  std::string operator()(const sql::ControlQuery& s) {
    return s.action == sql::QueryAction::terminate ? "TerminateQuery" : s.action == sql::QueryAction::pause ? "PauseQuery" : "ResumeQuery";
  }
  std::string operator()(const sql::SetProperty&) { return "SetProperty"; }
  std::string operator()(const sql::UnsetProperty&) { return "UnsetProperty"; }
  std::string operator()(const sql::DefineVariable&) { return "DefineVariable"; }
  std::string operator()(const sql::UndefineVariable&) { return "UndefineVariable"; }
  std::string operator()(const sql::CreateConnector&) { return "CreateConnector"; }
  std::string operator()(const sql::DropConnector&) { return "DropConnector"; }
  std::string operator()(const sql::AssertTopic&) { return "AssertTopic"; }
  std::string operator()(const sql::AssertSchema&) { return "AssertSchema"; }
  std::string operator()(const sql::Explain&) { return "Explain"; }
  std::string operator()(const auto&) { return "Statement"; }
};
}  // namespace

Result<KsqlRequest> parse_ksql_request(std::string_view body, std::string_view text_field) {
  TRY(const auto object, json::parse_object(body));
  KsqlRequest out;
  const std::string_view other = text_field == "ksql" ? "sql" : "ksql";   // clients of the one endpoint try the other with their own field
  TRY(auto text, json::optional_string(object, text_field));
  if (!text) {
    TRY(text, json::optional_string(object, other));
  }
  if (!text) return fail(ErrorCode::invalid_input, "field '" + std::string(text_field) + "' is missing", "send {\"" + std::string(text_field) + "\": \"SHOW STREAMS;\"}");
  if (text->size() > limits::sql_text_bytes_max)
    return fail(ErrorCode::overloaded, "the text has " + std::to_string(text->size()) + " bytes; at most " + std::to_string(limits::sql_text_bytes_max) + " are read");
  out.text = *std::move(text);
  for (const std::string_view field : {"streamsProperties", "properties"}) {
    TRY(auto properties, texts_of(object, field));
    out.session.properties.merge(properties);
  }
  TRY(out.session.variables, texts_of(object, "sessionVariables"));
  TRY(const auto sequence, json::optional_int(object, "commandSequenceNumber"));
  out.command_sequence = sequence.value_or(-1);
  return out;
}

std::string statement_kind(const sql::Statement& statement) {
  return std::visit(Namer{}, statement.tree);
}

}  // namespace braid::api
