#include <gtest/gtest.h>

#include "api/ksql/errors.h"
#include "api/ksql/request.h"
#include "api/ksql/row_json.h"
#include "sql/parser.h"

namespace braid::api {
namespace {

using data::Kind;

std::string row(const data::Values& values, const std::vector<data::Field>& columns) {
  std::string out;
  append_ksql_row(out, values, columns);
  return out;
}

TEST(KsqlRow, WritesEveryType) {
  const auto nested = data::Type::structure({{"A", Kind::integer}, {"M", data::Type::map(Kind::string, Kind::double_)}});
  const std::vector<data::Field> columns{{"B", Kind::boolean}, {"I", Kind::bigint}, {"D", Kind::double_}, {"N", data::Type::decimal(4, 2)}, {"S", Kind::string},
      {"X", Kind::bytes}, {"DAY", Kind::date}, {"T", Kind::time}, {"TS", Kind::timestamp}, {"L", data::Type::array(Kind::integer)}, {"R", nested}, {"Z", Kind::string}};
  const data::Values values{true, std::int64_t{5}, 11.0, *data::Decimal::parse("1.50"), "a\"\n\x01", data::Blob{"hi"}, data::Date{18262}, data::Time{64800001},
      data::Timestamp{1577836800000}, data::Value::array({1, data::Value()}), data::Value::structure({7, data::Value::map({{"k", 0.5}})}), data::Value()};
  EXPECT_EQ(row(values, columns),
            R"([true,5,11.0,1.50,"a\"\n\u0001","aGk=","2020-01-01","18:00:00.001","2020-01-01T00:00:00.000",[1,null],{"A":7,"M":{"k":0.5}},null])");
}

TEST(KsqlRow, DescribesTypesAsTheServerDoes) {
  EXPECT_EQ(json::print(type_json(data::Type::array(data::Type::decimal(4, 2)))),
            R"({"type":"ARRAY","fields":null,"memberSchema":{"type":"DECIMAL","fields":null,"memberSchema":null,"parameters":{"precision":4,"scale":2}}})");
}

TEST(KsqlRow, ReadsNestedJsonAsColumns) {
  const auto type = data::Type::structure({{"A", data::Type::array(Kind::bytes)}, {"B", Kind::string}});
  const auto value = json_to_value(*json::parse(R"({"A":["aGk=",null]})"), type);
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(value->fields()[0].items()[0].bytes(), "hi");
  EXPECT_TRUE(value->fields()[1].null());
  EXPECT_EQ(json_to_value(*json::parse("[1]"), Kind::string).error().message, "[1] is no STRING");
}

TEST(KsqlRequest, TakesBothEndpointsFieldsAndNamesWhatIsMissing) {
  const auto request = parse_ksql_request(R"({"ksql":"SHOW STREAMS;","streamsProperties":{"auto.offset.reset":"earliest","n":1,"nil":null},"sessionVariables":{"v":"x"}})", "ksql");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->session.properties.at("n"), "1");
  EXPECT_EQ(request->session.properties.size(), 2u);
  EXPECT_EQ(request->session.variables.at("v"), "x");
  EXPECT_EQ(parse_ksql_request(R"({"ksql":"x"})", "sql")->text, "x");
  EXPECT_EQ(parse_ksql_request("{}", "sql").error().message, "field 'sql' is missing");
}

TEST(KsqlErrors, CarryTheNumbersThatClientsTest) {
  const auto error = ksql_statement_error(Error{ErrorCode::invalid_input, "no such column", "did you mean X?"}, "SELECT 1;");
  EXPECT_EQ(json::print(to_json(error)),
            R"({"@type":"statement_error","error_code":40001,"message":"no such column\ndid you mean X?","statementText":"SELECT 1;","entities":[]})");
  EXPECT_EQ(ksql_error(Error{ErrorCode::stopping, "bye"}).error_code, 50303);
}

}  // namespace
}  // namespace braid::api
