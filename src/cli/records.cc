// braid produce, consume, load: records in and out.
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "cli/commands.h"
#include "cli/files.h"
#include "cli/names.h"
#include "cli/table.h"

namespace braid::cli {
namespace {

// "KEY:VALUE" lines with --key-separator; otherwise the whole line is the value. A value that is JSON is sent as JSON.
json::object record_of(std::string_view line, const std::string& separator, const std::string& fixed_key, bool as_text) {
  json::object record;
  std::string_view value = line;
  if (!separator.empty()) {
    if (const auto at = line.find(separator); at != std::string_view::npos) {
      record["key"] = line.substr(0, at);
      value = line.substr(at + separator.size());
    }
  } else if (!fixed_key.empty()) {
    record["key"] = fixed_key;
  }
  auto parsed = as_text ? Result<json::value>(fail(ErrorCode::invalid_input, "text")) : json::parse(value);
  if (parsed) record["value"] = std::move(*parsed);
  else record["value"] = value;
  return record;
}

struct Sent {
  std::size_t records = 0;
  json::array offsets;
};

Result<void> send_batch(Session& session, const std::string& topic, json::array records, const std::string& schema, Sent& sent) {
  if (records.empty()) return {};
  json::object body;
  const std::size_t n = records.size();
  body["records"] = std::move(records);
  if (!schema.empty()) body["value_schema"] = schema == "none" || schema == "latest" ? json::value(schema) : json::parse(schema).value_or(json::value(schema));
  auto answer = session.send("POST", "/api/v1/topics/" + encode(topic) + "/records", std::move(body));
  if (!answer) {
    if (sent.records > 0) answer.error().message += " (" + std::to_string(sent.records) + " records were written before)";
    return std::unexpected(std::move(answer).error());
  }
  sent.records += n;
  for (const auto& offset : array_at(*answer, "offsets")) sent.offsets.push_back(offset);
  return {};
}

std::string with_thousands(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (int at = int(digits.size()) - 3; at > (n < 0 ? 1 : 0); at -= 3) digits.insert(std::size_t(at), ",");
  return digits;
}

// A bar on the error output while a file goes up: only on a terminal, ten times a second.
class Progress {
 public:
  explicit Progress(std::uint64_t total) : total_(total), shown_(::isatty(STDERR_FILENO)), began_(std::chrono::steady_clock::now()) {}
  void at(std::uint64_t done, bool last = false) {
    if (!shown_) return;
    const auto now = std::chrono::steady_clock::now();
    if (!last && now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    const double seconds = std::chrono::duration<double>(now - began_).count();
    const double part = total_ > 0 ? double(done) / double(total_) : 0;
    const int filled = int(part * 30);
    std::fprintf(stderr, "\r  [%s%s] %3d %%  %.1f of %.1f MB  %.1f MB/s ", std::string(std::size_t(filled), '#').c_str(), std::string(std::size_t(30 - filled), '.').c_str(), int(part * 100),
                 double(done) / 1e6, double(total_) / 1e6, seconds > 0 ? double(done) / 1e6 / seconds : 0);
  }
  void clear() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
  }

 private:
  std::uint64_t total_;
  bool shown_;
  std::chrono::steady_clock::time_point began_, drawn_{};
};

std::string file_name_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

// flights-200k.json -> flights-200k
std::string topic_name_of(const std::string& path) {
  std::string name = file_name_of(path);
  if (const auto dot = name.find('.'); dot != std::string::npos && dot > 0) name.resize(dot);
  for (auto& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_' && c != '-') c = '_';
  return name;
}

// flights-200k -> flights_200k, 2026_sales -> s_2026_sales: what SQL takes without quotes.
std::string stream_name_of(const std::string& topic) {
  std::string name = topic;
  for (auto& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') c = '_';
  return name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) || name.front() == '_' ? "s_" + name : name;
}

void print_report(Session& session, const json::value& report, const std::string& file) {
  const std::string topic = text_at(report, "topic");
  session.say((whole_at(report, "rows_written") > 0 || whole_at(report, "rows_already_there") == 0 ? "loaded " : "nothing new in ") + file + ": " +
              with_thousands(whole_at(report, "rows_written")) + " rows into topic " + topic + (report.as_object().contains("topic_created") && report.at("topic_created").is_bool() && report.at("topic_created").as_bool() ? " (created)" : ""));
  if (whole_at(report, "rows_already_there") > 0) session.say("  " + with_thousands(whole_at(report, "rows_already_there")) + " rows were there from before and were passed over");
  if (whole_at(report, "rows_rejected") > 0) {
    session.say("  " + with_thousands(whole_at(report, "rows_rejected")) + " rows did not fit and were left out:");
    for (const auto& row : array_at(report, "rejected")) session.say("    " + cell(row));
  }
  session.say("  schema " + text_at(report, "subject") + ", id " + std::to_string(whole_at(report, "schema_id")));
  Table table({"  column", "type"});
  for (const auto& column : array_at(report, "columns")) table.add({"  " + text_at(column, "name"), text_at(column, "type")});
  std::fputs(table.text().c_str(), stdout);
  session.say("try: braid consume " + topic + " --last 3");
  // SQL reads streams, not topics: without this a SELECT right after a load finds nothing of that name.
  if (report.as_object().contains("topic_created") && report.at("topic_created").is_bool() && report.at("topic_created").as_bool())
    session.say("     braid sql --from beginning -e \"CREATE STREAM " + stream_name_of(topic) + " WITH (kafka_topic='" + topic + "', value_format='AVRO'); SELECT * FROM " + stream_name_of(topic) + " EMIT CHANGES LIMIT 3;\"");
}

}  // namespace

Result<void> produce(Session& session, const Arguments& arguments) {
  TRY(const auto topic, find_name(session, "topic", arguments.get("TOPIC")));
  const std::string separator = arguments.get("key-separator"), key = arguments.get("key"), schema = arguments.get("schema");
  const bool as_text = arguments.flag("text");
  Sent sent;
  json::array batch;
  const auto given = arguments.all("VALUE");
  if (!given.empty()) {
    for (const auto& value : given) batch.push_back(record_of(value, separator, key, as_text));
  } else {
    if (::isatty(STDIN_FILENO)) std::fputs("one record a line; Ctrl-D ends\n", stderr);
    char* line = nullptr;
    std::size_t capacity = 0;
    ssize_t n = 0;
    std::size_t batch_bytes = 0;
    while ((n = ::getline(&line, &capacity, stdin)) >= 0) {
      std::string_view text(line, std::size_t(n));
      while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
      if (text.empty()) continue;
      batch.push_back(record_of(text, separator, key, as_text));
      batch_bytes += text.size();
      if (batch.size() >= 1000 || batch_bytes > 1'000'000 || ::isatty(STDIN_FILENO)) {
        auto ok = send_batch(session, topic, std::exchange(batch, {}), schema, sent);
        batch_bytes = 0;
        if (!ok) {
          std::free(line);
          return ok;
        }
      }
    }
    std::free(line);
  }
  TRY_VOID(send_batch(session, topic, std::move(batch), schema, sent));
  if (session.json()) session.print(json::object{{"written", sent.records}, {"offsets", std::move(sent.offsets)}});
  else session.say("wrote " + with_thousands(std::int64_t(sent.records)) + " record" + (sent.records == 1 ? "" : "s") + " to " + topic);
  return {};
}

Result<void> consume(Session& session, const Arguments& arguments) {
  TRY(const auto topic, find_name(session, "topic", arguments.get("TOPIC")));
  TRY(const auto last, arguments.whole_number("last", 0));
  TRY(const auto limit, arguments.whole_number("limit", 0));
  const bool follow = arguments.flag("follow");
  std::string from = arguments.get("from");
  if (from.empty()) from = last > 0 ? "-" + std::to_string(last) : follow ? "end" : "-10";
  std::string target = "/api/v1/topics/" + encode(topic) + "/records?from=" + encode(from);
  if (arguments.has("partition")) target += "&partition=" + encode(arguments.get("partition"));
  if (arguments.has("key")) target += "&key=" + encode(arguments.get("key"));
  const std::int64_t wanted = limit > 0 ? limit : last > 0 ? last : from == "-10" ? 10 : 0;
  if (wanted > 0) target += "&limit=" + std::to_string(wanted);
  const auto show = [&](const json::value& record) {
    if (session.json()) {
      std::printf("%s\n", json::print(record).c_str());
      return;
    }
    const auto* key = record.as_object().if_contains("key");
    const auto* value = record.as_object().if_contains("value");
    if (arguments.flag("values")) {
      std::printf("%s\n", value ? (value->is_string() ? printable(std::string_view(value->as_string())) : json::print(*value)).c_str() : "null");
      return;
    }
    std::printf("%s  %lld:%lld  %s  %s", text_at(record, "timestamp").c_str(), static_cast<long long>(whole_at(record, "partition")), static_cast<long long>(whole_at(record, "offset")),
                key && !key->is_null() ? cell(*key).c_str() : "-", value && !value->is_null() ? cell(*value).c_str() : "(deleted)");
    for (const auto* side : {"key_problem", "value_problem"})
      if (const auto problem = text_at(record, side); !problem.empty()) std::printf("  (%s)", printable(problem).c_str());
    std::printf("\n");
  };
  if (!follow) {
    TRY(const auto answer, session.get(target));
    for (const auto& record : array_at(answer, "records"))
      if (record.is_object()) show(record);
    return {};
  }
  Result<void> trouble;
  const auto line = [&](std::string_view text) {
    if (text.empty()) return true;
    const auto record = json::parse(text);
    if (!record || !record->is_object()) return true;
    if (const auto error = text_at(*record, "error"); !error.empty() && !record->as_object().contains("offset")) {
      trouble = fail(ErrorCode::unavailable, error);
      return false;
    }
    show(*record);
    std::fflush(stdout);
    return true;
  };
  TRY_VOID(session.stream_lines("GET", target + "&follow=true", "", {{"Accept", "application/x-ndjson"}}, line));
  return trouble;
}

Result<void> load(Session& session, const Arguments& arguments) {
  const std::string path = arguments.get("FILE");
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail(ErrorCode::not_found, "cannot open " + path + ": " + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return fail(ErrorCode::invalid_input, path + " is no file", "a load reads one CSV or JSON file");
  std::FILE* in = std::fopen(path.c_str(), "rb");
  if (!in) return fail(ErrorCode::io, "cannot open " + path + ": " + std::strerror(errno));
  const std::string topic = arguments.get_or("TOPIC", topic_name_of(path));
  std::string target = "/api/v1/load?topic=" + encode(topic) + "&source=" + encode(file_name_of(path));
  for (const char* option : {"format", "delimiter", "key", "partitions"})
    if (arguments.has(option)) target += "&" + std::string(option) + "=" + encode(arguments.get(option));
  if (arguments.flag("no-header")) target += "&header=false";
  if (arguments.flag("append")) target += "&append=true";
  Progress progress(std::uint64_t(info.st_size));
  std::uint64_t done = 0;
  const auto piece = [&]() -> Result<std::optional<Bytes>> {
    Bytes bytes(256 * 1024, '\0');
    const std::size_t n = std::fread(bytes.data(), 1, bytes.size(), in);
    if (n == 0 && std::ferror(in)) return fail(ErrorCode::io, "cannot read " + path + ": " + std::strerror(errno));
    if (n == 0) return std::optional<Bytes>();
    bytes.resize(n);
    done += n;
    progress.at(done);
    return std::optional<Bytes>(std::move(bytes));
  };
  const auto answer = session.upload("POST", target, std::uint64_t(info.st_size), piece);
  std::fclose(in);
  progress.clear();
  if (!answer) {
    Error error = answer.error();
    if (error.code == ErrorCode::unavailable || error.code == ErrorCode::io || error.code == ErrorCode::timeout || error.code == ErrorCode::stopping)
      error.hint = (error.hint.empty() ? "" : error.hint + "; ") + std::string("what was written stays: run the same command again and it goes on where it stopped");
    return std::unexpected(std::move(error));
  }
  if (answer->status >= 400) return std::unexpected(error_of(*answer));
  TRY(const auto report, json::parse(answer->body));
  if (session.json()) session.print(report);
  else print_report(session, report, file_name_of(path));
  return {};
}

}  // namespace braid::cli
