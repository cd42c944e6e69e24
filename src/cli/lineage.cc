// braid lineage: where data comes from and who reads it, as a tree.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>
#include <set>

#include "cli/commands.h"
#include "cli/names.h"
#include "cli/table.h"

namespace braid::cli {
namespace {

std::string thousands(std::int64_t n) {
  std::string out = std::to_string(n);
  for (std::ptrdiff_t at = std::ptrdiff_t(out.size()) - 3; at > (n < 0 ? 1 : 0); at -= 3) out.insert(std::size_t(at), ",");
  return out;
}

std::string plural(std::int64_t n, const char* one) { return thousands(n) + " " + one + (n == 1 ? "" : "s"); }

// "2026-11-27T14:31:52.000Z" as seconds since 1970; -1 when it is none.
std::int64_t seconds_of(const std::string& iso) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (std::sscanf(iso.c_str(), "%d-%d-%dT%d:%d:%d", &y, &mo, &d, &h, &mi, &s) != 6) return -1;
  const std::chrono::year_month_day day{std::chrono::year(y), std::chrono::month(unsigned(mo)), std::chrono::day(unsigned(d))};
  return std::chrono::sys_days(day).time_since_epoch().count() * 86'400 + h * 3'600 + mi * 60 + s;
}

std::string ago(const std::string& iso) {
  const auto then = seconds_of(iso);
  if (then < 0) return "";
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto s = std::max<std::int64_t>(0, now - then);
  if (s < 15) return "just now";
  if (s < 120) return std::to_string(s) + " s ago";
  if (s < 7'200) return std::to_string(s / 60) + " min ago";
  if (s < 172'800) return std::to_string(s / 3'600) + " h ago";
  return std::to_string(s / 86'400) + " days ago";
}

class Tree {
 public:
  explicit Tree(const json::value& answer) : answer_(answer) {
    for (const auto& n : array_at(answer, "nodes")) nodes_[text_at(n, "id")] = &n;
    const auto& edges = array_at(answer, "edges");
    for (std::size_t i = 0; i < edges.size(); ++i) {
      out_[text_at(edges[i], "from")].push_back(i);
      in_[text_at(edges[i], "to")].push_back(i);
    }
    if (const auto* trace = answer.as_object().if_contains("trace")) {
      trace_ = trace;
      for (const auto& i : array_at(*trace, "path")) path_.insert(std::size_t(i.to_number<std::int64_t>()));
    }
  }

  void print() {
    for (const auto& id : array_at(answer_, "of")) {
      const std::string start(id.as_string());
      std::printf("%s\n", describe(start).c_str());
      branch(start, in_, "from", "  made by", true);
      branch(start, out_, "to", "  used by", false);
    }
    if (const auto* summary = answer_.as_object().if_contains("summary")) {
      std::string rest;
      const auto add = [&](const char* field, const char* words) {
        if (const auto n = whole_at(*summary, field); n > 0) rest += (rest.empty() ? "" : ", ") + std::to_string(n) + " " + words;
      };
      add("declared_never_seen", "declared but never seen");
      add("seen_not_declared", "seen but not declared");
      add("at_rest", "at rest");
      if (!rest.empty()) std::printf("%s\n", rest.c_str());
    }
    if (const auto* seen = answer_.as_object().if_contains("kafka_clients_seen"); seen && seen->is_bool() && !seen->as_bool())
      std::printf("the event log is a Kafka cluster: what its other clients read and write is not seen here\n");
  }

 private:
  using Edges = std::map<std::string, std::vector<std::size_t>>;

  bool followed(std::size_t edge) const { return !trace_ || path_.contains(edge); }

  std::string describe(const std::string& id) const {
    const auto it = nodes_.find(id);
    if (it == nodes_.end()) return id;
    const json::value& n = *it->second;
    const std::string kind = text_at(n, "kind"), owner = text_at(n, "owner"), state = text_at(n, "state");
    std::string out = kind == "product" || kind == "topic" ? printable(text_at(n, "title")) : kind + " " + printable(text_at(n, "title"));
    if (kind == "product") out += "  product of " + text_at(n, "domain") + ", " + owner + (state == "published" ? "" : ", " + state);
    if (kind == "topic") out += "  topic";
    if (kind == "query") out += "  " + text_at(n, "sketch") + (state == "running" ? "" : ", " + state);
    if (kind == "group" && !text_at(n, "client_id").empty()) out += "  client " + printable(text_at(n, "client_id"));
    if (kind == "consumer" && !text_at(n, "purpose").empty()) out += "  " + printable(text_at(n, "purpose"));
    if (trace_)
      if (const auto* notes = trace_->as_object().if_contains("notes"); notes && notes->is_object())
        if (const auto note = text_at(*notes, id); !note.empty()) out += "  [" + printable(note) + "]";
    return out;
  }

  std::string amounts(const json::value& e) const {
    const std::string status = text_at(e, "status"), last = text_at(e, "last_seen");
    std::string out;
    if (const auto* by = e.as_object().if_contains("by"); by && last.empty())
      for (const auto& id : by->as_array()) out += (out.empty() ? "by " : ", ") + std::string(id.as_string());
    if (!last.empty()) {
      const auto* records = e.as_object().if_contains("records");
      out = records && !records->is_null() ? plural(whole_at(e, "records"), "record") : "records not counted";
      if (const auto* rate = e.as_object().if_contains("records_per_second"); rate && rate->is_number() && rate->to_number<double>() > 0) {
        char text[32];
        std::snprintf(text, sizeof text, ", %.1f/s", rate->to_number<double>());
        out += text;
      }
      out += ", last " + ago(last);
    }
    // People who look are shown, but nobody expects them to register.
    for (const char* end : {"from", "to"})
      if (const auto it = nodes_.find(text_at(e, end)); it != nodes_.end())
        if (const auto* looks = it->second->as_object().if_contains("interactive"); looks && looks->is_bool() && looks->as_bool()) return out;
    const char* words = status == "declared_never_seen" ? "declared but never seen" : status == "seen_not_declared" ? "seen but not declared" : status == "at_rest" ? "at rest" : "";
    if (*words) out += (out.empty() ? "" : "; ") + std::string(words);
    return out;
  }

  void branch(const std::string& start, const Edges& edges, const char* other, const char* title, bool up) {
    const auto it = edges.find(start);
    const bool any = it != edges.end() && std::ranges::any_of(it->second, [&](auto e) { return followed(e); });
    if (!any) {
      if (!trace_) std::printf("%s nobody that was seen or declared\n", title);
      return;
    }
    std::printf("%s\n", title);
    std::set<std::string> above{start};
    walk(start, edges, other, "  ", above, up);
  }

  void walk(const std::string& node, const Edges& edges, const char* other, const std::string& indent, std::set<std::string>& above, bool up) {
    const auto it = edges.find(node);
    if (it == edges.end()) return;
    std::vector<std::size_t> list;
    for (const auto e : it->second)
      if (followed(e)) list.push_back(e);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const json::value& e = array_at(answer_, "edges")[list[i]];
      const bool last = i + 1 == list.size();
      const std::string id = text_at(e, other);
      const std::string said = amounts(e);
      std::printf("%s%s %s %s%s\n", indent.c_str(), last ? "└─" : "├─", up ? "←" : "→", describe(id).c_str(), said.empty() ? "" : ("  (" + said + ")").c_str());
      const std::string deeper = indent + (last ? "   " : "│  ");
      if (above.contains(id)) {
        std::printf("%s└─ and so on, in a circle\n", deeper.c_str());
        continue;
      }
      if (!printed_.insert(std::string(up ? "^" : "v") + id).second) {
        const auto more = edges.find(id);
        if (more != edges.end() && !more->second.empty()) std::printf("%s└─ as above\n", deeper.c_str());
        continue;
      }
      above.insert(id);
      walk(id, edges, other, deeper, above, up);
      above.erase(id);
    }
  }

  const json::value& answer_;
  std::map<std::string, const json::value*> nodes_;
  Edges out_, in_;
  const json::value* trace_ = nullptr;
  std::set<std::size_t> path_;
  std::set<std::string> printed_;
};

}  // namespace

Result<void> lineage(Session& session, const Arguments& arguments) {
  std::string target = "/api/v1/lineage";
  if (arguments.has("NAME")) target += "?of=" + encode(arguments.get("NAME"));
  const auto add = [&](const char* name, const std::string& value) { target += (target.find('?') == target.npos ? "?" : "&") + std::string(name) + "=" + encode(value); };
  if (arguments.has("column")) add("column", arguments.get("column"));
  if (arguments.has("depth")) add("depth", arguments.get("depth"));
  else if (arguments.has("NAME") && !arguments.has("column")) add("depth", "all");
  TRY(auto answer, session.get(target));
  if (session.json()) return session.print(answer), Result<void>{};
  if (!arguments.has("NAME")) {
    // The whole mesh: every product and topic that data flows out of, and one line for each that stands alone.
    Table table({"from", "", "to", "records", "last", "status"});
    table.right(3);
    std::map<std::string, std::string> titles;
    for (const auto& n : array_at(answer, "nodes")) titles[text_at(n, "id")] = (text_at(n, "kind") == "product" || text_at(n, "kind") == "topic" ? "" : text_at(n, "kind") + " ") + text_at(n, "title");
    for (const auto& e : array_at(answer, "edges")) {
      const auto* records = e.as_object().if_contains("records");
      table.add({printable(titles[text_at(e, "from")]), text_at(e, "kind"), printable(titles[text_at(e, "to")]), records && !records->is_null() ? thousands(whole_at(e, "records")) : "", text_at(e, "last_seen").empty() ? "" : ago(text_at(e, "last_seen")),
                 text_at(e, "status") == "ok" ? "" : text_at(e, "status")});
    }
    if (table.size() == 0) session.say("nothing flows yet: no query, no reader, no writer");
    else std::fputs(table.text().c_str(), stdout);
    return {};
  }
  Tree(answer).print();
  return {};
}

}  // namespace braid::cli
