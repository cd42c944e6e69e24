#include <gtest/gtest.h>

#include "data/column.h"

namespace braid::data {

TEST(Type, PrintsAsKsqlDoes) {
  const Type t = Type::structure({{"A", Kind::integer}, {"b", Type::array(Type::map(Kind::string, Type::decimal(4, 2)))}});
  EXPECT_EQ(t.text(), "STRUCT<`A` INTEGER, `b` ARRAY<MAP<STRING, DECIMAL(4, 2)>>>");
  EXPECT_EQ(t, Type::structure({{"A", Kind::integer}, {"b", Type::array(Type::map(Kind::string, Type::decimal(4, 2)))}}));
  EXPECT_FALSE(t == Type::structure({{"A", Kind::bigint}}));
  EXPECT_EQ(t.field_index("b"), 1);
}

TEST(Decimal, KeepsItsScale) {
  EXPECT_EQ(Decimal::parse("10.00")->text(), "10.00");
  EXPECT_EQ(Decimal::parse("-0.05")->text(), "-0.05");
  EXPECT_EQ(Decimal::parse("1e3")->text(), "1000");
  EXPECT_FALSE(Decimal::parse("1.2.3"));
  EXPECT_FALSE(Decimal::parse(""));
  EXPECT_FALSE(Decimal::parse(std::string(39, '9')));
  EXPECT_EQ(*Decimal::parse("1.0"), *Decimal::parse("1.000"));
  EXPECT_LT(*Decimal::parse("-2"), *Decimal::parse("-1.99"));
  EXPECT_LT(*Decimal::parse("9.99"), *Decimal::parse("10"));
}
TEST(Decimal, RoundsHalfUp) {
  EXPECT_EQ(Decimal::parse("1.25")->rescaled(1)->text(), "1.3");
  EXPECT_EQ(Decimal::parse("-1.25")->rescaled(1)->text(), "-1.3");
  EXPECT_EQ(Decimal::parse("1.24")->rescaled(1)->text(), "1.2");
  EXPECT_FALSE(Decimal::parse("12345678901234567890")->rescaled(30));
  EXPECT_TRUE(Decimal::parse("99.9")->fits(3, 1));
  EXPECT_FALSE(Decimal::parse("99.9")->fits(3, 2));
}

TEST(JavaDouble, Texts) {
  EXPECT_EQ(java_double_text(1), "1.0");
  EXPECT_EQ(java_double_text(-0.001), "-0.001");
  EXPECT_EQ(java_double_text(0.0001), "1.0E-4");
  EXPECT_EQ(java_double_text(1e7), "1.0E7");
  EXPECT_EQ(java_double_text(4.9e-324), "4.9E-324");
  EXPECT_EQ(java_double_text(2e-323), "2.0E-323");
  EXPECT_EQ(java_double_text(9999999.5), "9999999.5");
  EXPECT_EQ(java_double_text(123456789.125), "1.23456789125E8");
  EXPECT_EQ(java_double_text(0.1 + 0.2), "0.30000000000000004");
}

TEST(Value, MapsAreEqualInAnyOrder) {
  const Value a = Value::map({{"x", 1}, {"y", 2}});
  const Value b = Value::map({{"y", 2}, {"x", 1}});
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.hash(), b.hash());
  EXPECT_FALSE(a == Value::map({{"x", 1}, {"y", 3}}));
  EXPECT_FALSE(Value(1) == Value(std::int64_t{1}));
  EXPECT_TRUE(compare(Value(1), Value(std::int64_t{1})) == 0);
  EXPECT_TRUE(compare(Value(), Value(1)) < 0);
  EXPECT_EQ(sizeof(Value), 40u);
}

TEST(Column, GivesBackWhatWasPut) {
  const Type types[] = {Kind::boolean, Kind::integer, Kind::bigint, Kind::double_, Kind::string, Kind::bytes, Kind::date, Kind::time, Kind::timestamp};
  const Values values = {true, 7, std::int64_t{8}, 1.5, "text", Blob{"b"}, Date{3}, Time{4}, Timestamp{5}};
  for (std::size_t i = 0; i < values.size(); ++i) {
    Column column(types[i]);
    column.append(values[i]);
    column.append_null();
    column.append(values[i]);
    const std::uint32_t rows[] = {2, 1};
    const Column picked = column.select(rows);
    EXPECT_EQ(column.get(0), values[i]);
    EXPECT_EQ(picked.get(0), values[i]);
    EXPECT_TRUE(picked.null(1));
    EXPECT_TRUE(picked.any_null());
  }
}

}  // namespace braid::data
