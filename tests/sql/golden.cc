// sql_golden FOLDER: runs every *.test file below it; UPDATE=1 in the environment rewrites what was expected.
//
//   # a comment; the first one says what the file is about
//   run                      statements, one after the other, until an empty line or ----
//   ----                     what they answer: errors as a user sees them, nothing when they succeed
//   feed TOPIC               one record per line: time, key, value, separated by two spaces or more. null is a null; hex:... are raw bytes.
//                            Keys and values are written as the topic's source says (JSON text is what the value of any format is given in)
//   watch SOURCE             the rows that came into a stream or table since the last watch:  key [start,end)  column=value ...
//   problems                 records that could not be processed since the last time, with their reasons
// Each file has a world of its own with a clock that stands still, so nothing sleeps and nothing flakes.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "flow/driver.h"
#include "payload.h"
#include "sql/parser.h"
#include "sql/planner.h"

namespace {

using namespace braid;
using cases::Json;

struct Running {
  sql::QueryPlan plan;
  std::unique_ptr<flow::QueryDriver> driver;
};

class World final : public sql::SchemaLookup {
 public:
  explicit World(std::size_t batch_rows) : batch_rows_(batch_rows) {}

  std::optional<Found> latest(std::string_view subject) override {
    const auto id = registry_.latest_id(std::string(subject));
    return id ? by_id(*id) : std::nullopt;
  }
  std::optional<Found> by_id(SchemaId id) override {
    const auto* text = registry_.by_id(id);
    return text ? std::optional(Found{id, *text}) : std::nullopt;
  }
  std::optional<std::int32_t> partitions(std::string_view topic) override {
    const auto it = topics_.find(std::string(topic));
    return it == topics_.end() ? std::nullopt : std::optional(it->second);
  }

  std::string run(const std::string& script) {
    auto parsed = sql::parse_script(script);
    if (!parsed) return render(parsed.error(), script);
    for (const auto& s : *parsed)
      if (auto done = statement(s); !done) return render(done.error(), script);
    return "";
  }

  std::string feed(const std::string& topic, const std::vector<std::string>& lines) {
    const auto it = by_topic_.find(topic);
    if (it == by_topic_.end()) return "no stream or table reads the topic " + topic + "\n";
    for (const auto& line : lines) {
      auto record = record_of(line, it->second);
      if (!record) return "cannot feed '" + line + "': " + record.error().message + "\n";
      arrive(topic, *std::move(record));
    }
    for (auto& q : running_) q.driver->flush();
    collect();
    return "";
  }

  std::string watch(const std::string& name) {
    const auto* source = metastore_.find(name);
    if (!source) return "there is no stream or table " + name + "\n";
    std::string out;
    auto& seen = watched_[source->topic];
    const auto& all = records_[source->topic];
    for (; seen < all.size(); ++seen) out += row(*source, all[seen]) + "\n";
    return out;
  }

  std::string problems() {
    std::string out;
    for (auto& q : running_)
      for (const auto& p : std::exchange(q.driver->problems, {})) out += std::string(flow::name_of(p.kind)) + ": " + p.reason + "\n";
    return out;
  }

 private:
  Result<void> statement(const sql::Statement& s) {
    if (const auto* values = std::get_if<sql::InsertValues>(&s.tree)) {
      const sql::PlanContext context{metastore_, properties_, *this};
      TRY(auto row, sql::plan_insert(*values, context));
      (void)row;
      return fail(ErrorCode::unsupported, "golden tests feed records instead of INSERT VALUES");
    }
    const sql::PlanContext context{metastore_, properties_, *this, std::to_string(running_.size())};
    TRY(auto planned, sql::plan(s, context));
    if (planned.topic && !topics_.contains(planned.topic->name)) topics_[planned.topic->name] = planned.topic->partitions.value_or(1);
    if (planned.ddl) {
      metastore_.apply(*planned.ddl);
      if (const auto* put = std::get_if<sql::PutSource>(&*planned.ddl)) {
        by_topic_[put->source.topic] = put->source;
        topics_.try_emplace(put->source.topic, 1);
        register_schemas(put->source);
      }
    }
    if (!planned.query) return {};
    metastore_.add_query(*planned.query);
    flow::DriverOptions options;
    options.batch_rows = batch_rows_;
    options.clock = &clock_;
    if (const auto* sink = metastore_.find(planned.query->root->sink)) {
      options.key_schema = write_schema(*sink, true);
      options.value_schema = write_schema(*sink, false);
    }
    TRY(auto driver, flow::QueryDriver::make(planned.query->root, registry_, options));
    running_.push_back({*planned.query, std::move(driver)});
    return {};
  }

  void register_schemas(const sql::Source& s) {
    for (const bool is_key : {true, false}) {
      const auto& format = is_key ? s.key_format : s.value_format;
      const auto& columns = is_key ? s.schema.key : s.schema.value;
      const std::string subject = s.topic + (is_key ? "-key" : "-value");
      if (!format::uses_registry(format.format) || columns.empty() || registry_.latest(subject)) continue;
      auto text = format::derive_schema(format.format, columns, is_key, flow::unwraps(format, columns.size(), is_key), format.properties);
      if (text) registry_.add(subject, *std::move(text));
    }
  }
  std::optional<flow::WriteSchema> write_schema(const sql::Source& s, bool is_key) {
    const auto id = registry_.latest_id(s.topic + (is_key ? "-key" : "-value"));
    if (!id) return std::nullopt;
    return flow::WriteSchema{*id, *registry_.by_id(*id)};
  }
  cases::Side side(const sql::Source& s, bool is_key) const {
    return {is_key ? s.key_format : s.value_format, is_key ? s.schema.key : s.schema.value, is_key, s.topic + (is_key ? "-key" : "-value")};
  }

  Result<std::optional<Bytes>> payload(const std::string& text, const cases::Side& side) {
    if (text == "null") return std::optional<Bytes>();
    if (text.starts_with("hex:")) {
      Bytes out;
      for (std::size_t i = 4; i + 1 < text.size(); i += 2) out.push_back(char(std::strtol(text.substr(i, 2).c_str(), nullptr, 16)));
      return std::optional(out);
    }
    auto json = cases::parse_json(text);
    if (!json) {                                    // plain text needs no quotes
      json = Json{};
      json->kind = Json::Kind::string;
      json->text = text;
    }
    return cases::encode(*json, side, registry_);
  }

  Result<flow::TopicRecord> record_of(const std::string& line, const sql::Source& source) {
    std::vector<std::string> parts;
    std::size_t at = 0;
    while (at < line.size()) {
      const auto gap = parts.size() < 2 ? line.find("  ", at) : std::string::npos;
      parts.push_back(line.substr(at, gap == std::string::npos ? gap : gap - at));
      if (gap == std::string::npos) break;
      at = line.find_first_not_of(' ', gap);
    }
    if (parts.size() != 3) return fail(ErrorCode::invalid_input, "expected time, key and value with two spaces between");
    flow::TopicRecord out;
    out.timestamp = std::strtoll(parts[0].c_str(), nullptr, 10);
    TRY(out.key, payload(parts[1], side(source, true)));
    TRY(out.value, payload(parts[2], side(source, false)));
    return out;
  }

  void arrive(const std::string& topic, flow::TopicRecord record) {
    records_[topic].push_back(record);
    for (auto& q : running_)
      if (q.driver->reads(topic)) q.driver->pipe(topic, record);
    if (batch_rows_ == 1) collect();
  }

  // Outputs go on to the queries behind, until all are at rest.
  void collect() {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t i = 0; i < running_.size(); ++i) {
        auto outputs = std::exchange(running_[i].driver->outputs, {});
        for (auto& o : outputs) {
          moved = true;
          flow::TopicRecord record{std::move(o.key), std::move(o.value), o.timestamp, o.headers};
          const std::string& topic = running_[i].plan.root->topic;
          records_[topic].push_back(record);
          for (auto& q : running_)
            if (q.driver->reads(topic)) q.driver->pipe(topic, record);
        }
      }
      if (!moved) break;
      for (auto& q : running_) q.driver->flush();
    }
  }

  static std::string plain(const Json& j) {
    if (j.is(Json::Kind::string)) return j.text;
    std::string out = print(j);
    std::erase(out, '~');
    return out;
  }

  std::string row(const sql::Source& s, const flow::TopicRecord& r) {
    std::optional<Bytes> key = r.key;
    std::string window;
    if (s.window && key) {
      const bool session = s.window->kind == sql::WindowKind::session;
      const std::size_t n = session ? 16 : 8;
      if (key->size() >= n) {
        const auto start = load_be<std::int64_t>(key->data() + key->size() - 8);
        const auto end = session ? load_be<std::int64_t>(key->data() + key->size() - 16) : start + s.window->size_ms.value_or(0);
        window = " [" + std::to_string(start) + "," + std::to_string(end) + (session ? "]" : ")");
        key->resize(key->size() - n);
      }
    }
    const auto k = cases::decode(key, side(s, true), registry_);
    const auto v = cases::decode(r.value, side(s, false), registry_);
    std::string out = (k ? plain(*k) : "(unreadable key)") + window + "  ";
    if (!v) return out + "(unreadable value)";
    if (v->null()) return out + (s.kind == sql::SourceKind::table ? "(deleted)" : "null");
    if (!v->is(Json::Kind::object)) return out + plain(*v);
    std::string columns;
    for (const auto& [name, value] : v->fields) {
      std::string lower = name;
      std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
      columns += (columns.empty() ? "" : " ") + lower + "=" + plain(value);
    }
    return out + columns;
  }

  std::size_t batch_rows_;
  std::map<std::string, std::string> properties_;
  cases::MemoryRegistry registry_;
  sql::Metastore metastore_;
  std::map<std::string, std::int32_t> topics_;
  std::map<std::string, sql::Source> by_topic_;
  std::map<std::string, std::vector<flow::TopicRecord>> records_;
  std::map<std::string, std::size_t> watched_;
  std::vector<Running> running_;
  ManualClock clock_{0};
};

struct Block {
  std::vector<std::string> before;                // comments and empty lines
  std::string head;                               // run | feed X | watch X | problems
  std::vector<std::string> body;
  bool has_expected = false;
  std::vector<std::string> expected;
};

std::vector<Block> read_blocks(std::istream& in) {
  std::vector<Block> out;
  std::vector<std::string> pending;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (!inside) {
      if (line.empty() || line[0] == '#') {
        pending.push_back(line);
        continue;
      }
      out.push_back({std::exchange(pending, {}), line, {}, false, {}});
      inside = true;
    } else if (line.empty()) {
      inside = false;
      pending.push_back(line);
    } else if (line == "----" && !out.back().has_expected) {
      out.back().has_expected = true;
    } else {
      (out.back().has_expected ? out.back().expected : out.back().body).push_back(line);
    }
  }
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& l : lines) out += l + "\n";
  return out;
}

// The number of blocks that differ.
int run_file(const std::filesystem::path& path, std::size_t batch_rows, bool update) {
  std::ifstream in(path);
  auto blocks = read_blocks(in);
  in.close();
  World world(batch_rows);
  int wrong = 0;
  for (auto& b : blocks) {
    std::string got;
    const auto space = b.head.find(' ');
    const std::string word = b.head.substr(0, space), argument = space == std::string::npos ? "" : b.head.substr(space + 1);
    if (word == "run") got = world.run(joined(b.body));
    else if (word == "feed") got = world.feed(argument, b.body);
    else if (word == "watch") got = world.watch(argument);
    else if (word == "problems") got = world.problems();
    else got = "unknown directive '" + b.head + "'\n";
    const auto lines = lines_of(got);
    if (lines == b.expected) continue;
    ++wrong;
    if (update) {
      b.expected = lines;
      b.has_expected = true;
      continue;
    }
    std::cout << path.filename().string() << ", batches of " << batch_rows << ": " << b.head << "\n expected:\n" << joined(b.expected) << " got:\n" << got;
  }
  if (update && wrong > 0) {
    std::ofstream out(path);
    for (const auto& b : blocks) {
      out << joined(b.before) << b.head << "\n" << joined(b.body);
      if (b.has_expected) out << "----\n" << joined(b.expected);
    }
    return 0;
  }
  return wrong;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: sql_golden FOLDER|FILE... (UPDATE=1 rewrites what was expected)\n";
    return 2;
  }
  const char* wish = std::getenv("UPDATE");
  const bool update = wish && std::string(wish) == "1";
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      files.emplace_back(argv[i]);
      continue;
    }
    for (const auto& e : std::filesystem::recursive_directory_iterator(argv[i]))
      if (e.path().extension() == ".test") files.push_back(e.path());
  }
  std::sort(files.begin(), files.end());
  int wrong = 0;
  for (const auto& f : files) {
    wrong += run_file(f, 1, update);
    if (!update) wrong += run_file(f, 1024, false);   // the size of the batches must not be seen
  }
  std::cout << files.size() << " files, " << wrong << " blocks differ\n";
  return files.empty() || wrong > 0 ? 1 : 0;
}
