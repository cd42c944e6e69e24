// `braid demo`: `braid up` with the demo mesh in it.
#include <charconv>
#include <cstdio>

#include "cli/commands.h"

namespace braid::cli {
namespace {

Result<std::optional<double>> rate_of(const Arguments& arguments) {
  if (!arguments.has("rate")) return std::optional<double>();
  const std::string text = arguments.get("rate");
  double rate = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (ec != std::errc{} || end != text.data() + text.size() || !(rate > 0) || rate > 1e6)
    return fail(ErrorCode::invalid_input, "--rate must be a number of records per second, above 0 and at most 1,000,000, got '" + text + "'");
  return std::optional<double>(rate);
}

void print_welcome(const node::Addresses& at, const std::string& data) {
  std::printf(
      "\nThe demo mesh is up: three domains share users, pageviews and stocktrades; you are tomas of analytics.\n\n"
      "  %-9s %s   mesh, catalog, registry, SQL; /metrics, /readyz\n  %-9s %s   schema registry\n  %-9s %s   streaming SQL\n  %-9s %s          Kafka\n  %-9s %s\n\n",
      "main", at.main.c_str(), "registry", at.registry.c_str(), "ksql", at.ksql.c_str(), "kafka", at.kafka.c_str(), "data in", data.c_str());
  const std::string url = at.main == "http://127.0.0.1:8080" ? "" : "  export BRAID_URL=" + at.main + "\n";
  std::printf(
      "Try, in another terminal (braid is %s):\n\n"
      "%s"
      "  export BRAID_AS=tomas\n"
      "  braid search pagevews\n"
      "  braid products show stocktrades\n"
      "  braid consume stocktrades --follow\n"
      "  braid sql -e \"SELECT * FROM stocktrades WHERE price > 500 EMIT CHANGES LIMIT 5;\"\n"
      "  braid sql\n"
      "  curl %s/api/v1/products\n"
      "  kcat -b %s -t pageviews -C -o end\n\n"
      "README.md has the rest of the way. Stop with Ctrl-C; a second start goes on where this one ended.\n",
      "build/braid", url.c_str(), at.main.c_str(), at.kafka.c_str());
  std::fflush(stdout);
}

}  // namespace

std::vector<Option> demo_options() {
  auto options = node_options();
  options.insert(options.begin(), {"rate", "N", "records per second of each sample; by default the course's own pace of a few"});
  return options;
}

Result<void> demo(Session& session, const Arguments& arguments) {
  TRY(const auto loaded, load_node_config(arguments));
  TRY(const auto rate, rate_of(arguments));
  if (arguments.flag("print-config")) {
    std::fputs((session.json() || arguments.flag("json") ? node::config_as_json(loaded) + "\n" : node::print_config(loaded)).c_str(), stdout);
    return {};
  }
  const std::string data = loaded.config.data;
  return run_node(loaded, node::Demo{rate}, [data](node::Node& running) -> Result<void> {
    print_welcome(running.addresses(), data);
    return {};
  });
}

}  // namespace braid::cli
