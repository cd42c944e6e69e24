#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

#include "base/clock.h"

namespace braid::log {
namespace {

std::atomic<Level> threshold{Level::info};
std::atomic<Style> chosen_style{Style::text};

spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("braid", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warn: return "warn";
    default: return "error";
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (std::uint8_t(c) < 0x20) {
          char escape[8];
          std::snprintf(escape, sizeof escape, "\\u%04x", unsigned(std::uint8_t(c)));
          out += escape;
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

bool plain(std::string_view text) { return !text.empty() && text.find_first_of(" \"=\n\r\t\\") == std::string_view::npos; }

}  // namespace

void configure(Level level, Style style) {
  threshold = level;
  chosen_style = style;
}

void write(Level level, std::string_view event, Fields fields) {
  if (level < threshold.load(std::memory_order_relaxed)) return;
  const std::string time = iso8601(system_clock().wall_ms());
  std::string line;
  if (chosen_style.load(std::memory_order_relaxed) == Style::json) {
    line = "{\"time\":\"" + time + "\",\"level\":\"" + std::string(name_of(level)) + "\",\"event\":";
    append_quoted(line, event);
    for (const auto& field : fields) {
      line += ',';
      append_quoted(line, field.name);
      line += ':';
      if (field.quoted) append_quoted(line, field.value); else line += field.value;
    }
    line += '}';
  } else {
    line = time + " " + std::string(name_of(level)) + " " + std::string(event);
    for (const auto& field : fields) {
      line += ' ';
      line += field.name;
      line += '=';
      if (plain(field.value)) line += field.value; else append_quoted(line, field.value);
    }
  }
  sink().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace braid::log
