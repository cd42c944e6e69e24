// POST /api/v1/load: the body is the file; the answer says what became of it.
#include "api/records/records.h"

namespace braid::api {
namespace {

json::object report_json(const connect::LoadReport& report) {
  json::array columns, rejected;
  for (const auto& column : report.columns)
    columns.push_back(json::object{{"name", column.name}, {"source_name", column.source_name}, {"type", column.type.text()}});
  for (const auto& row : report.rejected) rejected.push_back(json::value(row.reason));
  return {{"topic", report.topic}, {"topic_created", report.topic_created}, {"subject", report.subject}, {"schema_id", report.schema.value},
          {"rows_read", report.rows_read}, {"rows_written", report.rows_written}, {"rows_already_there", report.rows_already_there},
          {"rows_rejected", report.rows_rejected}, {"rejected", std::move(rejected)}, {"columns", std::move(columns)}};
}

Result<connect::LoadSpec> spec_of(const http::Request& request) {
  connect::LoadSpec spec;
  spec.topic = request.query_first("topic").value_or("");
  if (spec.topic.empty()) return fail(ErrorCode::invalid_input, "say into which topic: ?topic=NAME");
  spec.source = request.query_first("source").value_or("upload");
  if (const auto format = request.query_first("format")) {
    if (*format == "csv") spec.format = connect::FileFormat::csv;
    else if (*format == "json") spec.format = connect::FileFormat::json;
    else return fail(ErrorCode::invalid_input, "format must be csv or json, got '" + std::string(*format) + "'");
  }
  if (const auto delimiter = request.query_first("delimiter")) {
    const auto text = *delimiter == "tab" ? std::string_view("\t") : *delimiter;
    if (text.size() != 1) return fail(ErrorCode::invalid_input, "delimiter must be one character or tab, got '" + std::string(text) + "'");
    spec.delimiter = text[0];
  }
  TRY(spec.header, request.query_flag("header", true));
  TRY(spec.append, request.query_flag("append", false));
  spec.key = request.query_first("key").value_or("");
  TRY(const auto partitions, request.query_int("partitions", 1));
  if (partitions < 1 || partitions > 1000) return fail(ErrorCode::invalid_input, "partitions must be from 1 to 1000, got " + std::to_string(partitions));
  spec.partitions = std::int32_t(partitions);
  return spec;
}

}  // namespace

io::Task<http::Response> Records::load(http::Request request) {
  auto spec = spec_of(request);
  if (!spec) co_return http::error_response(spec.error());
  const std::string topic = spec->topic;
  const auto permitted = co_await permit(request, "write", topic);
  if (!permitted) co_return http::error_response(permitted.error());
  const auto there = co_await log_.describe_topic(topic);
  if (!there && there.error().code == ErrorCode::not_found) {
    const auto may_make = co_await permit(request, "create", topic);
    if (!may_make) co_return http::error_response(may_make.error());
  }
  const auto loading = connect::FileLoad::begin(log_, registry_, *std::move(spec));
  std::uint64_t bytes_in = 0;
  for (;;) {
    auto piece = co_await request.body_reader->next(io::after(io::Milliseconds(60'000)));
    if (!piece) co_return http::error_response(piece.error());   // the upload broke off: what was written stays, a repeat goes on behind it
    if (!*piece) break;
    Bytes bytes = **std::move(piece);
    bytes_in += bytes.size();
    const auto fed = co_await loading->feed(std::move(bytes));
    if (!fed) co_return http::error_response(fed.error());
  }
  const auto report = co_await loading->finish();
  if (!report) co_return http::error_response(report.error());
  if (report->rows_written > 0) count(request, topic, true, std::uint64_t(report->rows_written), bytes_in);
  const auto summary = report_json(*report);
  co_await note(request, "topic.loaded", topic, "", json::print(summary));
  co_return http::Response::json(200, json::print(summary));
}

}  // namespace braid::api
