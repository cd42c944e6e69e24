#include "connect/samples.h"

#include <array>

namespace braid::connect {
namespace {

template <std::size_t N> std::string_view one_of(std::mt19937_64& random, const std::array<std::string_view, N>& options) {
  return options[random() % N];
}
std::int64_t between(std::mt19937_64& random, std::int64_t low, std::int64_t below) {
  return low + std::int64_t(random() % std::uint64_t(below - low));
}
std::string numbered(std::mt19937_64& random, std::string_view prefix) {   // User_[1-9]
  return std::string(prefix) + char('1' + random() % 9);
}
void put_text(Writer& out, std::string_view text) {
  out.varint(std::int64_t(text.size()));
  out.bytes(text);
}

Sample user(std::mt19937_64& random, std::int64_t) {
  static constexpr std::array<std::string_view, 3> genders{"MALE", "FEMALE", "OTHER"};
  Sample sample;
  Writer out(sample.avro);
  sample.key = numbered(random, "User_");
  out.varint(between(random, 1487715775521, 1519273364600));
  put_text(out, sample.key);
  put_text(out, numbered(random, "Region_"));
  put_text(out, one_of(random, genders));
  return sample;
}

Sample pageview(std::mt19937_64& random, std::int64_t iteration) {
  Sample sample;
  Writer out(sample.avro);
  const std::int64_t viewtime = 1 + 10 * iteration;
  sample.key = std::to_string(viewtime);
  out.varint(viewtime);
  put_text(out, numbered(random, "User_"));
  put_text(out, numbered(random, "Page_") + char('0' + random() % 10));
  return sample;
}

Sample stock_trade(std::mt19937_64& random, std::int64_t) {
  static constexpr std::array<std::string_view, 2> sides{"BUY", "SELL"};
  static constexpr std::array<std::string_view, 7> symbols{"ZBZX", "ZJZZT", "ZTEST", "ZVV", "ZVZZT", "ZWZZT", "ZXZZT"};
  static constexpr std::array<std::string_view, 3> accounts{"ABC123", "LMN456", "XYZ789"};
  Sample sample;
  Writer out(sample.avro);
  put_text(out, one_of(random, sides));
  out.varint(between(random, 1, 5000));
  sample.key = one_of(random, symbols);
  put_text(out, sample.key);
  out.varint(between(random, 5, 1000));   // pennies
  put_text(out, one_of(random, accounts));
  put_text(out, numbered(random, "User_"));
  return sample;
}

}  // namespace

const std::vector<SampleKind>& sample_kinds() {
  static const std::vector<SampleKind> kinds{
      {"users",
       R"({"type":"record","name":"users","namespace":"ksql","fields":[{"name":"registertime","type":"long"},{"name":"userid","type":"string"},)"
       R"({"name":"regionid","type":"string"},{"name":"gender","type":"string"}],"connect.name":"ksql.users"})",
       2000, user},
      {"pageviews",
       R"({"type":"record","name":"pageviews","namespace":"ksql","fields":[{"name":"viewtime","type":"long"},{"name":"userid","type":"string"},)"
       R"({"name":"pageid","type":"string"}],"connect.name":"ksql.pageviews"})",
       500, pageview},
      {"stocktrades",
       R"({"type":"record","name":"StockTrade","namespace":"ksql","fields":[{"name":"side","type":"string"},{"name":"quantity","type":"int"},)"
       R"({"name":"symbol","type":"string"},{"name":"price","type":"int"},{"name":"account","type":"string"},{"name":"userid","type":"string"}],)"
       R"("connect.name":"ksql.StockTrade"})",
       500, stock_trade},
  };
  return kinds;
}

const SampleKind* find_sample_kind(std::string_view topic) {
  for (const auto& kind : sample_kinds())
    if (kind.topic == topic) return &kind;
  return nullptr;
}

}  // namespace braid::connect
