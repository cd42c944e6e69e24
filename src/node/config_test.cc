#include "node/config.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace braid::node {
namespace {

struct File {
  explicit File(const std::string& text) : path(testing::TempDir() + "braid_config_test.yaml") { std::ofstream(path) << text; }
  ~File() { std::remove(path.c_str()); }
  std::string path;
};

std::string value(const Loaded& loaded, std::string_view name) {
  for (const auto& one : loaded.in_force)
    if (one.name == name) return one.value + " <- " + one.source;
  return "";
}

TEST(Config, LaterSourcesWin) {
  const File file("data: /a\nkafka_port: 1\nlog_level: warn\n");
  Sources sources{file.path, {{"BRAID_KAFKA_PORT", "2"}, {"BRAID_HTTP_PORT", "3"}, {"BRAID_URL", "http://x"}}, {{"http_port", "4"}}};
  const auto loaded = load_config(sources);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->config.data, "/a");
  EXPECT_EQ(loaded->config.kafka_port, 2);
  EXPECT_EQ(loaded->config.http_port, 4);
  EXPECT_EQ(value(*loaded, "data"), "/a <- file " + file.path + " line 1");
  EXPECT_EQ(value(*loaded, "kafka_port"), "2 <- environment BRAID_KAFKA_PORT");
  EXPECT_EQ(value(*loaded, "http_port"), "4 <- flag --http-port");
  EXPECT_EQ(value(*loaded, "listen"), "127.0.0.1 <- default");
}

TEST(Config, EverySettingIsReadAndItsDefaultHolds) {
  for (const auto& setting : settings()) {
    Sources sources;
    sources.flags[std::string(setting.name)] = setting.example;
    EXPECT_TRUE(load_config(sources)) << setting.name;
    if (setting.default_text.empty()) continue;
    sources.flags[std::string(setting.name)] = setting.default_text;
    EXPECT_TRUE(load_config(sources)) << setting.name;
  }
}

std::string refusal(const std::string& text) {
  const File file(text);
  const auto loaded = load_config(Sources{file.path, {}, {}});
  if (loaded) return "accepted";
  std::string out = loaded.error().text();
  if (const auto at = out.find(file.path); at != std::string::npos) out.replace(at, file.path.size(), "FILE");
  return out;
}

TEST(Config, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(refusal("data: /a\nkafka_prot: 1\n"), "FILE line 2: there is no setting 'kafka_prot'\nhint: did you mean \"kafka_port\"?");
  EXPECT_EQ(refusal("kafka_port: 70000\n"), "file FILE line 1: kafka_port must be a whole number from 0 to 65535, got '70000'");
  EXPECT_EQ(refusal("kafka_port: [1, 2]\n"), "FILE line 1: kafka_port must have one value, not a list or a map\nhint: for example kafka_port: 9092");
  EXPECT_EQ(refusal("log_level: inof\n"), "file FILE line 1: log_level must be one of debug, info, warn, error, got 'inof'\nhint: did you mean \"info\"?");
  EXPECT_EQ(refusal("data: /a\ndata: /b\n"), "FILE line 2: data is given twice\nhint: keep one of the two lines");
  EXPECT_EQ(refusal("- a\n- b\n"), "FILE: a configuration file is a list of 'setting: value' lines, this is something else");
  EXPECT_EQ(refusal("openlineage_url: https://collector/api\n"), "accepted");
  EXPECT_EQ(refusal("openlineage_url: ftp://collector/api\n"), "file FILE line 1: openlineage_url: 'ftp://collector/api' is no http URL\nhint: for example http://marquez:5000/api/v1/lineage");
  EXPECT_EQ(refusal("kafka_advertised: data:kafka\n"), "file FILE line 1: kafka_advertised: 'kafka' is no port number\nhint: for example data.example.com:9093");
  EXPECT_TRUE(refusal("data: \"/a\nb: [").starts_with("FILE line ")) << refusal("data: \"/a\nb: [");
  EXPECT_EQ(load_config(Sources{"/nonexistent/x.yaml", {}, {}}).error().message, "the configuration file /nonexistent/x.yaml cannot be read: No such file or directory");
  EXPECT_EQ(load_config(Sources{"", {{"BRAID_DATTA", "x"}}, {}}).error().text(), "the environment has BRAID_DATTA, which is no setting\nhint: did you mean \"BRAID_DATA\"?");
}

}  // namespace
}  // namespace braid::node
