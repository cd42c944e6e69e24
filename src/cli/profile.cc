// braid products profile, braid topics profile: what is in the records, with small charts; what is promised, beside what is measured.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/commands.h"
#include "cli/names.h"
#include "cli/table.h"

namespace braid::cli {
namespace {

const json::value& at(const json::value& v, std::string_view field) {
  static const json::value none;
  if (!v.is_object()) return none;
  const auto* found = v.as_object().if_contains(field);
  return found ? *found : none;
}
double real_at(const json::value& v, std::string_view field) {
  const auto& n = at(v, field);
  return n.is_number() ? n.to_number<double>() : 0;
}

std::string grouped(std::int64_t n) {
  std::string digits = std::to_string(n < 0 ? -n : n), out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += ',';
    out += digits[i];
  }
  return (n < 0 ? "-" : "") + out;
}

// A number as people read it; what is no number as it is.
std::string short_text(const json::value& v, std::size_t width = 20) {
  if (v.is_null()) return "";
  if (v.is_int64()) return std::to_string(v.get_int64());
  if (v.is_uint64()) return std::to_string(v.get_uint64());
  if (v.is_double()) {
    char text[40];
    std::snprintf(text, sizeof text, "%.6g", v.get_double());
    return text;
  }
  return cut_to_width(printable(cell(v)), width);
}

std::string percent(double share) {
  char text[32];
  if (share > 0 && share < 0.001) return "<0.1 %";
  std::snprintf(text, sizeof text, share == 1 || share == 0 ? "%.0f %%" : "%.1f %%", share * 100);
  return text;
}

// One block per bin, at most `width`; a bin with anything in it is never empty.
std::string bars(const json::value& histogram, std::size_t width = 16) {
  static constexpr const char* blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const auto& bins = array_at(histogram, "bins");
  if (bins.empty()) return "";
  const std::size_t joined = (bins.size() + width - 1) / width;
  std::vector<double> counts;
  for (std::size_t i = 0; i < bins.size(); i += joined) {
    double sum = 0;
    for (std::size_t k = i; k < std::min(bins.size(), i + joined); ++k) sum += real_at(bins[k], "count");
    counts.push_back(sum);
  }
  const double most = *std::ranges::max_element(counts);
  std::string out;
  for (const double c : counts) out += blocks[c <= 0 || most <= 0 ? 0 : std::clamp(int(std::ceil(c / most * 8)), 1, 8)];
  return out + (text_at(histogram, "scale") == "log" ? " log" : "");
}

std::string frequent(const json::value& field) {
  std::string out;
  int n = 0;
  const auto& top = array_at(field, "top");
  // With as many values as records, none is frequent.
  if (!top.empty() && real_at(top[0], "count") <= 1) {
    const auto& shapes = array_at(field, "shapes");
    return shapes.empty() ? "" : "like " + printable(text_at(shapes[0], "shape"));
  }
  for (const auto& t : top) {
    if (n++ == 3) break;
    out += (out.empty() ? "" : ", ") + short_text(at(t, "value"), 24) + " " + percent(real_at(t, "share"));
  }
  if (out.empty())
    if (const auto& shapes = array_at(field, "shapes"); !shapes.empty()) return "like " + printable(text_at(shapes[0], "shape"));
  return out;
}

void print_fields(const json::value& profile) {
  Table table({"field", "type", "null", "distinct", "min", "median", "max", "spread", "most frequent"});
  table.right(2).right(3);
  for (const auto& f : array_at(profile, "fields")) {
    const double all = real_at(f, "count") + real_at(f, "nulls") + real_at(f, "absent");
    const auto& distinct = at(f, "distinct");
    const auto& quantiles = at(f, "quantiles");
    const auto& lengths = at(f, "lengths");
    std::string min = short_text(at(f, "min")), max = short_text(at(f, "max"));
    if (min.empty() && lengths.is_object()) min = short_text(at(lengths, "min")) + " long", max = short_text(at(lengths, "max")) + " long";
    table.add({printable(text_at(f, "path")) + (text_at(f, "in") == "key" && text_at(f, "path") != "(key)" ? " (key)" : ""), text_at(f, "type"), all > 0 ? percent((all - real_at(f, "count")) / all) : "",
               distinct.is_object() ? (real_at(distinct, "error") > 0 ? "~" : "") + grouped(whole_at(distinct, "estimate")) : "", min, quantiles.is_object() ? short_text(at(quantiles, "p50")) : "", max,
               bars(at(f, "histogram")), frequent(f)});
  }
  if (table.size() > 0) std::fputs(table.text().c_str(), stdout);
}

void print_promises(const json::value& profile) {
  if (array_at(profile, "promises").empty()) return;
  static constexpr std::pair<const char*, const char*> marks[] = {{"kept", "·"}, {"close", "!"}, {"broken", "✗"}, {"unknown", " "}};
  const auto mark = [&](const std::string& state) -> std::string {
    for (const auto& [name, sign] : marks)
      if (state == name) return sign;
    return "?";
  };
  Table table({"promise", "state", "7 days", "why"});
  for (const auto& p : array_at(profile, "promises")) {
    std::string history;
    for (const auto& h : array_at(p, "history")) history += mark(text_at(h, "state"));
    if (history.find_first_not_of(' ') == std::string::npos) history = "";
    table.add({text_at(at(p, "promised"), "text"), text_at(p, "state"), history, text_at(p, "why")});
  }
  std::fputs((table.text() + "\n").c_str(), stdout);
}

void print_profile(const json::value& profile) {
  const std::string topic = text_at(profile, "topic");
  if (const auto missing = text_at(profile, "missing"); !missing.empty()) {
    std::printf("topic %s: %s\n", topic.c_str(), missing.c_str());
    return;
  }
  std::string line = "topic " + topic + ": " + grouped(whole_at(profile, "records")) + " records";
  if (at(profile, "records_per_second").is_number()) line += ", " + short_text(at(profile, "records_per_second")) + " records/s, " + short_text(at(profile, "bytes_per_second")) + " bytes/s";
  if (at(profile, "age_s").is_number()) line += ", the last one " + short_text(at(profile, "age_s")) + " s ago";
  std::printf("%s\n  %s\n", line.c_str(), text_at(at(profile, "basis"), "text").c_str());
  if (const auto& sampled = at(profile, "sampled"); sampled.is_object()) std::printf("  now 1 record in %s is looked into\n", text_at(sampled, "now").substr(2).c_str());
  if (const auto problem = text_at(profile, "problem"); !problem.empty()) std::printf("  it does not get on: %s\n", problem.c_str());
  if (whole_at(profile, "undecodable") > 0) {
    std::printf("  %s could not be decoded:\n", grouped(whole_at(profile, "undecodable")).c_str());
    for (const auto& r : array_at(profile, "undecodable_reasons")) std::printf("    %s times: %s\n", grouped(whole_at(r, "count")).c_str(), printable(text_at(r, "reason")).c_str());
  }
  const auto& uptime = at(profile, "uptime");
  if (at(uptime, "value").is_number()) std::printf("  uptime %s: %s\n", percent(real_at(uptime, "value")).c_str(), text_at(uptime, "why").c_str());
  std::printf("\n");
  print_promises(profile);
  print_fields(profile);
}

// Shows it once, or again and again as it changes, until Ctrl-C.
Result<void> show(Session& session, const Arguments& arguments, const std::string& target, const std::string& topics, const std::function<void(const json::value&)>& print) {
  const auto once = [&](Session& with, bool line) -> Result<void> {
    TRY(const auto profile, with.get(target));
    if (!session.json()) print(profile);
    else if (line) std::printf("%s\n", json::print(profile).c_str());
    else session.print(profile);
    std::fflush(stdout);
    return {};
  };
  if (!arguments.flag("follow")) return once(session, false);
  const bool screen = ::isatty(STDOUT_FILENO) && !session.json();
  Session second(session.url(), session.as(), session.json());   // the first one carries the beat
  Result<void> outcome;
  int beats = 0;
  auto streamed = session.stream_lines("GET", "/api/v1/live?topics=" + encode(topics), "", {{"Accept", "text/event-stream"}}, [&](std::string_view line) {
    if (!line.starts_with("data:") || beats++ % 2 != 0) return true;
    if (screen) std::fputs("\x1b[H\x1b[2J", stdout);
    outcome = once(second, true);
    if (outcome && !screen && !session.json()) std::fputs("\n", stdout);
    return outcome.has_value();
  });
  if (!outcome) return outcome;
  return streamed;
}

}  // namespace

Result<void> products_profile(Session& session, const Arguments& arguments) {
  TRY(const auto name, find_name(session, "product", arguments.get("PRODUCT")));
  return show(session, arguments, "/api/v1/products/" + encode(name) + "/profile", name, [](const json::value& profile) {
    const auto& uptime = at(profile, "uptime");
    std::printf("%s, %s%s\n\n", text_at(profile, "product").c_str(), text_at(profile, "sla").c_str(), uptime.is_number() ? (", uptime " + percent(uptime.to_number<double>())).c_str() : "");
    bool first = true;
    for (const auto& port : array_at(profile, "ports")) {
      if (!first) std::printf("\n");
      first = false;
      print_profile(port);
    }
    if (first) std::printf("it has no port yet, so there is nothing to profile\n");
  });
}

Result<void> products_promises(Session& session, const Arguments& arguments) {
  std::string query;
  for (const char* filter : {"state", "domain", "owner"})
    if (arguments.has(filter)) query += (query.empty() ? "?" : "&") + std::string(filter) + "=" + encode(arguments.get(filter));
  TRY(const auto answer, session.get("/api/v1/promises" + query));
  if (session.json()) return session.print(answer), Result<void>{};
  Table table({"product", "promise", "from", "state", "why"});
  for (const auto& product : array_at(answer, "products"))
    for (const auto& p : array_at(product, "promises")) {
      const auto& promised = at(p, "promised");
      table.add({printable(text_at(product, "product")), printable(text_at(promised, "text")), text_at(promised, "from"), text_at(p, "state"), printable(text_at(p, "why"))});
    }
  if (table.size() == 0) return session.say(query.empty() ? "no product is published yet" : "no product fits"), Result<void>{};
  std::fputs(table.text().c_str(), stdout);
  const auto& summary = at(answer, "summary");
  session.say(std::to_string(whole_at(summary, "kept")) + " products keep what they promise, " + std::to_string(whole_at(summary, "close")) + " are close, " + std::to_string(whole_at(summary, "broken")) +
              " do not, of " + std::to_string(whole_at(summary, "unknown")) + " it is not known yet");
  return {};
}

Result<void> topics_profile(Session& session, const Arguments& arguments) {
  TRY(const auto name, find_name(session, "topic", arguments.get("TOPIC")));
  std::string target = "/api/v1/topics/" + encode(name) + "/profile";
  if (arguments.has("records")) {
    TRY(const auto records, arguments.whole_number("records", 0));
    target += "?records=" + std::to_string(records);
  }
  return show(session, arguments, target, name, print_profile);
}

}  // namespace braid::cli
