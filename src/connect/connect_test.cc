#include <gtest/gtest.h>

#include "connect/infer.h"
#include "connect/rows.h"
#include "connect/samples.h"

namespace braid::connect {
namespace {

std::vector<Result<Row>> all_rows(RowReader& reader, std::string_view text, std::size_t cut) {
  std::vector<Result<Row>> out;
  for (std::size_t at = 0; at < text.size(); at += cut) {
    reader.feed(text.substr(at, cut));
    while (auto row = reader.next()) out.push_back(*std::move(row));
  }
  reader.finish();
  while (auto row = reader.next()) out.push_back(*std::move(row));
  return out;
}

TEST(Csv, ReadsQuotesLineEndsAndEmptyCellsWhereverItIsCut) {
  const std::string text = "\xEF\xBB\xBFname,n,note\r\n\"A \"\"B\"\", C\",1,\n\n\"two\nlines\",,\"\"\nlast,3,x";
  for (const std::size_t cut : {1u, 2u, 3u, 7u, 100u}) {
    const auto reader = csv_reader();
    const auto rows = all_rows(*reader, cut < 3 ? text.substr(3) : text, cut);   // a mark cut in two is not recognised
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(json::print(rows[0]->fields), R"({"name":"A \"B\", C","n":"1","note":null})");
    EXPECT_EQ(json::print(rows[1]->fields), R"({"name":"two\nlines","n":null,"note":""})");
    EXPECT_EQ(rows[1]->line, 4);
    EXPECT_EQ(json::print(rows[2]->fields), R"({"name":"last","n":"3","note":"x"})");
  }
}

TEST(Csv, SaysWhichLineHasTheWrongNumberOfCellsAndGoesOn) {
  const auto reader = csv_reader();
  const auto rows = all_rows(*reader, "a,b\n1,2\n1,2,3\n4,5\n", 5);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].error().message, "line 3 has 3 cells, the header has 2");
  EXPECT_TRUE(rows[2]);
}

TEST(Json, ReadsLinesAndArraysWhereverTheyAreCut) {
  for (const std::string text : {"{\"a\":1,\"b\":{\"c\":\"}\\\"\"}}\n{\"a\":2}\n", "[{\"a\":1,\"b\":{\"c\":\"}\\\"\"}},\n {\"a\":2}]"}) {
    for (const std::size_t cut : {1u, 4u, 100u}) {
      const auto reader = json_reader();
      const auto rows = all_rows(*reader, text, cut);
      ASSERT_EQ(rows.size(), 2u);
      EXPECT_EQ(rows[0]->fields.at("a").as_int64(), 1);
      EXPECT_EQ(rows[1]->line, 2);
    }
  }
}

TEST(Json, ReportsBadRowsWithTheirLine) {
  const auto reader = json_reader();
  const auto rows = all_rows(*reader, "{\"a\":}\nhello world\n{\"a\":1}\n{\"a\":", 3);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_TRUE(rows[0].error().message.starts_with("line 1: not valid JSON"));
  EXPECT_EQ(rows[1].error().message, "line 2: expected an object, found 'h'");
  EXPECT_TRUE(rows[2]);
  EXPECT_EQ(rows[3].error().message, "line 4: the file ends inside an object");
}

std::string inferred(bool texts, std::vector<std::string> rows) {
  TypeInference inference(texts);
  for (const auto& row : rows) inference.see(*json::parse_object(row));
  std::string out;
  for (const auto& column : inference.columns()) out += (out.empty() ? "" : ", ") + column.name + " " + column.type.text();
  return out;
}

TEST(Infer, TextsOfACsvFile) {
  EXPECT_EQ(inferred(true, {R"({"n":"1","x":"1.5","zip":"07001","ok":"true","d":"2001-01-10","t":"2001/01/10 12:00","s":"","none":null})",
                            R"({"n":"-2","x":"3","zip":"10001","ok":"false","d":"2001-02-10","t":"2001-01-10T12:00:30.5Z","s":"a","none":null})"}),
            "n BIGINT, x DOUBLE, zip STRING, ok BOOLEAN, d DATE, t TIMESTAMP, s STRING, none STRING");
}
TEST(Infer, ValuesOfAJsonFile) {
  EXPECT_EQ(inferred(false, {R"({"n":1,"x":1,"text":"12","o":{"a":1},"l":[1,2.5],"mix":1})", R"({"n":2,"x":1.5,"text":"a","o":{"b":"x"},"l":[],"mix":"a"})"}),
            "n BIGINT, x DOUBLE, text STRING, o STRUCT<`a` BIGINT, `b` STRING>, l ARRAY<DOUBLE>, mix STRING");
}
TEST(Infer, MakesNamesThatASchemaMayHave) {
  EXPECT_EQ(schema_name("air time (min)"), "air_time_min");
  EXPECT_EQ(schema_name("2nd"), "_2nd");
  EXPECT_EQ(schema_name("\xC3\xBC"), "column");
  EXPECT_EQ(schema_name("a b", {"a_b"}), "a_b_2");
}
TEST(Infer, ConvertsWhatItInferredAndSaysWhatItCannot) {
  EXPECT_EQ(to_value(json::value("1970-01-02"), data::Kind::date)->date().days, 1);
  EXPECT_EQ(to_value(json::value("1970-01-01T01:00+01:00"), data::Kind::timestamp)->timestamp().ms, 0);
  EXPECT_EQ(to_value(json::value("12"), data::Kind::bigint)->bigint(), 12);
  EXPECT_EQ(to_value(json::value("12x"), data::Kind::bigint).error().message, "\"12x\" is no BIGINT");
}

TEST(Samples, AreValidForTheirSchemasAndStayInTheirBounds) {
  std::mt19937_64 random(1);
  for (std::int64_t i = 0; i < 1000; ++i) {
    const Sample trade = find_sample_kind("stocktrades")->make(random, i);
    Reader in(trade.avro);
    const auto text = [&] { return in.bytes(std::size_t(in.varint())); };
    const auto side = text();
    const auto quantity = in.varint();
    const auto symbol = text();
    const auto price = in.varint();
    text();
    const auto user = text();
    EXPECT_TRUE(in.ok() && in.done());
    EXPECT_TRUE(side == "BUY" || side == "SELL");
    EXPECT_TRUE(quantity >= 1 && quantity < 5000 && price >= 5 && price < 1000);
    EXPECT_EQ(symbol, trade.key);
    EXPECT_TRUE(user >= "User_1" && user <= "User_9");
  }
  const Sample view = find_sample_kind("pageviews")->make(random, 7);
  EXPECT_EQ(Reader(view.avro).varint(), 71);
}

}  // namespace
}  // namespace braid::connect
