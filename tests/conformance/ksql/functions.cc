#include "functions.h"

namespace braid::cases {
namespace {

using data::Kind;
using sql::AggregateArguments;
using sql::Arguments;
using sql::Nulls;
using sql::ResolvedAggregate;
using sql::Type;
using sql::Value;

using Row = std::span<const Value>;

// The length of a text, a number's value; null counts nothing.
std::int64_t weight(const Value& v) {
  if (v.null()) return 0;
  if (v.holds<std::string>()) return std::int64_t(v.string().size());
  return v.to_int64();
}

// VAR_ARG, MID_VAR_ARG, MULTI_ARG, FOUR_ARG, FIVE_ARG: start with the weight of the literals, add that of each row's arguments.
Result<ResolvedAggregate> make_weights(const AggregateArguments& call, std::size_t literals_from) {
  std::int64_t start = 0;
  for (std::size_t i = literals_from; i < call.constants.size(); ++i)
    if (call.constants[i]) start += weight(*call.constants[i]);
  ResolvedAggregate out;
  out.type = out.state_type = Kind::bigint;
  out.initial = [start] { return Value(start); };
  out.add = [](const Value& s, Row row) -> Result<Value> {
    std::int64_t sum = s.bigint();
    for (const auto& v : row) sum += weight(v);
    return Value(sum);
  };
  out.merge = [start](const Value& a, const Value& b) -> Result<Value> { return Value(a.bigint() + b.bigint() - start); };
  out.result = [](const Value& s) -> Result<Value> { return s; };
  return out;
}
Result<ResolvedAggregate> make_var_arg(const AggregateArguments& call) { return make_weights(call, call.types.size()); }
Result<ResolvedAggregate> make_mid_var_arg(const AggregateArguments& call) { return make_weights(call, call.types.size() - 2); }
Result<ResolvedAggregate> make_multi_arg(const AggregateArguments& call) { return make_weights(call, 2); }
Result<ResolvedAggregate> make_four_arg(const AggregateArguments& call) { return make_weights(call, 4); }
Result<ResolvedAggregate> make_five_arg(const AggregateArguments& call) { return make_weights(call, 5); }

// GENERIC_VAR_ARG, OBJ_COL_ARG: the first argument of the rows in which no argument is null.
Result<ResolvedAggregate> make_first_of_full_rows(const AggregateArguments& call) {
  ResolvedAggregate out;
  out.type = out.state_type = Type::array(call.types[0]);
  out.initial = [] { return Value::array({}); };
  out.add = [](const Value& s, Row row) -> Result<Value> {
    for (const auto& v : row)
      if (v.null()) return s;
    data::Values items = s.items();
    items.push_back(row[0]);
    return Value::array(std::move(items));
  };
  out.merge = [](const Value& a, const Value& b) -> Result<Value> {
    data::Values items = a.items();
    items.insert(items.end(), b.items().begin(), b.items().end());
    return Value::array(std::move(items));
  };
  out.result = [](const Value& s) -> Result<Value> { return s; };
  return out;
}

Result<ResolvedAggregate> make_test_udaf(const AggregateArguments&) {
  ResolvedAggregate out;
  out.type = out.state_type = Kind::bigint;
  out.initial = [] { return Value(std::int64_t{0}); };
  out.add = [](const Value& s, Row row) -> Result<Value> { return Value(s.bigint() + weight(row[0])); };
  out.undo = [](const Value& s, Row row) -> Result<Value> { return Value(s.bigint() - weight(row[0])); };
  out.merge = [](const Value& a, const Value& b) -> Result<Value> { return Value(a.bigint() + b.bigint()); };
  out.result = [](const Value& s) -> Result<Value> { return s; };
  return out;
}

Result<Value> eval_bad_udf(const Arguments& a) {
  if (a[0].holds<bool>() && !a[0].boolean()) return Value(0);
  return sql::function_error("boom!");
}
Result<Value> eval_when(const Arguments& a) {   // an error when it is called although it should not be
  if (!a[1].boolean()) return sql::function_error("an expression was evaluated that should not be");
  return a[0];
}
Type struct_of_a(std::span<const Type>) { return Type::structure({{"A", Kind::string}}); }
Result<Value> eval_to_struct(const Arguments& a) { return Value::structure({a[0]}); }
Result<Value> eval_test_udf(const Arguments& a) {
  if (a.size() == 0) return Value::structure({Value("foo")});
  if (a[0].holds<data::Struct>()) return a[0].fields()[0];
  return Value("doStuffLongVarargs");
}

// One argument comes back as it is; seven become texts, of an array its first item, of a map the value of k.
Result<std::vector<Value>> eval_test_udtf(Row row) {
  if (row.size() == 1) return std::vector<Value>{row[0]};
  const Type types[] = {Kind::integer, Kind::bigint, Kind::double_, Kind::boolean, Kind::string, Type::decimal(20, 10), Type::structure({{"A", Kind::string}})};
  std::vector<Value> out;
  for (std::size_t i = 0; i < row.size(); ++i) {
    Value v = row[i];
    if (v.holds<data::Array>()) v = v.items().at(0);
    else if (v.holds<data::Map>()) v = v.entries().at(0).second;
    out.push_back(Value(sql::sql_text(v, types[i])));
  }
  return out;
}

}  // namespace

const sql::FunctionPack& test_functions() {
  static const sql::FunctionPack pack{
      .scalars = {
          {"bad_udf", "TEST", "Fails.", {"(BOOLEAN fail) -> INT", "(INT i) -> INT", "(STRING s) -> STRING"}, eval_bad_udf},
          {"test_udf", "TEST", "One of several methods.", {"() -> STRUCT", "(STRUCT s) -> STRING", "(BIGINT... longs) -> STRING"}, eval_test_udf, Nulls::are_seen, struct_of_a},
          {"tostruct", "TEST", "A struct of a text.", {"(STRING s) -> STRUCT"}, eval_to_struct, Nulls::are_seen, struct_of_a},
          {"WhenCondition", "TEST", "A condition that may be evaluated, or not.", {"(BOOLEAN value, BOOLEAN evaluated) -> BOOLEAN"}, eval_when},
          {"WhenResult", "TEST", "A result that may be evaluated, or not.", {"(INT value, BOOLEAN evaluated) -> INT"}, eval_when},
      },
      .aggregates = {
          {"FIVE_ARG", "", {"(BIGINT a, STRING b, STRING c, STRING d, INT e | INT start, STRING... more) -> BIGINT"}, make_five_arg},
          {"FOUR_ARG", "", {"(BIGINT a, STRING b, STRING c, STRING d | INT start, STRING... more) -> BIGINT"}, make_four_arg},
          {"GENERIC_VAR_ARG", "", {"(A first, B second, C... rest) -> ARRAY<A>"}, make_first_of_full_rows},
          {"MID_VAR_ARG", "", {"(BIGINT a, STRING... b | INT c, INT d) -> BIGINT"}, make_mid_var_arg},
          {"MULTI_ARG", "", {"(BIGINT a, STRING b | INT start, STRING... more) -> BIGINT"}, make_multi_arg},
          {"OBJ_COL_ARG", "", {"(INT first, ANY... rest) -> ARRAY<INT>"}, make_first_of_full_rows},
          {"TEST_UDAF", "", {"(INT val) -> BIGINT", "(BIGINT val) -> BIGINT"}, make_test_udaf},
          {"VAR_ARG", "", {"(BIGINT a, STRING... b) -> BIGINT"}, make_var_arg},
      },
      .tables = {
          {"test_udtf", "",
           {"(INT a, BIGINT b, DOUBLE c, BOOLEAN d, STRING e, DECIMAL f, STRUCT g) -> STRING",
            "(ARRAY<INT> a, ARRAY<BIGINT> b, ARRAY<DOUBLE> c, ARRAY<BOOLEAN> d, ARRAY<STRING> e, ARRAY<DECIMAL> f, ARRAY<STRUCT> g) -> STRING",
            "(MAP<STRING, INT> a, MAP<STRING, BIGINT> b, MAP<STRING, DOUBLE> c, MAP<STRING, BOOLEAN> d, MAP<STRING, STRING> e, MAP<STRING, DECIMAL> f, MAP<STRING, STRUCT> g) -> STRING",
            "(T val) -> T"},
           eval_test_udtf},
      },
  };
  return pack;
}

}  // namespace braid::cases
