#include "flow/eval.h"

#include <gtest/gtest.h>

#include <random>

#include "flow/arithmetic.h"

namespace braid::flow {
namespace {

using data::Column;
using data::Kind;
using data::Type;
using data::Value;
using sql::BoundExpression;
using sql::BoundPtr;
using sql::Op;

BoundPtr node(Op op, Type type, std::vector<BoundPtr> args = {}) {
  auto e = std::make_shared<BoundExpression>();
  e->op = op;
  e->type = std::move(type);
  e->args = std::move(args);
  return e;
}
BoundPtr lit(Value v, Type type) {
  auto e = std::make_shared<BoundExpression>();
  e->type = std::move(type);
  e->literal = std::move(v);
  return e;
}
BoundPtr col(int index, Type type) {
  auto e = std::make_shared<BoundExpression>();
  e->op = Op::column;
  e->type = std::move(type);
  e->column = {sql::ColumnRef::Space::value, index};
  return e;
}

struct Table {
  Batch batch;
  std::vector<std::pair<std::size_t, std::string>> problems;
  void add(Type type, std::vector<Value> values) {
    auto c = std::make_shared<Column>(type);
    for (const auto& v : values) c->append(v);
    batch.rows = values.size();
    batch.now.columns.push_back(std::move(c));
    batch.time.assign(batch.rows, 7);
  }
  std::vector<Value> run(const BoundPtr& e) {
    problems.clear();
    const Report report = [&](std::size_t row, const BoundExpression&, const Error& error) { problems.emplace_back(row, error.message); };
    const EvalContext context{{}, &report};
    const auto column = evaluate(*e, rows_of(batch), context);
    std::vector<Value> out;
    for (std::size_t i = 0; i < column->size(); ++i) out.push_back(column->get(i));
    return out;
  }
};

TEST(Eval, NumbersWrapLikeJava) {
  Table t;
  t.add(Kind::integer, {Value(2147483647), Value(std::int32_t(-2147483647 - 1)), Value(7)});
  t.add(Kind::integer, {Value(1), Value(-1), Value(-2)});
  EXPECT_EQ(t.run(node(Op::add, Kind::integer, {col(0, Kind::integer), col(1, Kind::integer)})),
            (std::vector<Value>{Value(std::int32_t(-2147483647 - 1)), Value(2147483647), Value(5)}));
  EXPECT_EQ(t.run(node(Op::divide, Kind::integer, {col(0, Kind::integer), col(1, Kind::integer)})),
            (std::vector<Value>{Value(2147483647), Value(std::int32_t(-2147483647 - 1)), Value(-3)}));
  EXPECT_EQ(t.run(node(Op::modulo, Kind::integer, {col(0, Kind::integer), col(1, Kind::integer)})), (std::vector<Value>{Value(0), Value(0), Value(1)}));
}

TEST(Eval, AnErrorMakesTheWholeExpressionNullAndIsReportedOnce) {
  Table t;
  t.add(Kind::bigint, {Value(std::int64_t(10)), Value(std::int64_t(10)), Value()});
  t.add(Kind::bigint, {Value(std::int64_t(5)), Value(std::int64_t(0)), Value(std::int64_t(0))});
  const auto quotient = node(Op::divide, Kind::bigint, {col(0, Kind::bigint), col(1, Kind::bigint)});
  EXPECT_EQ(t.run(node(Op::is_null, Kind::boolean, {quotient})), (std::vector<Value>{Value(false), Value(), Value(true)}));
  ASSERT_EQ(t.problems.size(), 1u);
  EXPECT_EQ(t.problems[0].first, 1u);
  EXPECT_EQ(t.problems[0].second, "/ by zero");
}

TEST(Eval, AndOrLookRightOnlyWhereNeeded) {
  Table t;
  t.add(Kind::integer, {Value(0), Value(2), Value()});
  const auto divides = node(Op::eq, Kind::boolean, {node(Op::divide, Kind::integer, {lit(Value(4), Kind::integer), col(0, Kind::integer)}), lit(Value(2), Kind::integer)});
  const auto not_zero = node(Op::ne, Kind::boolean, {col(0, Kind::integer), lit(Value(0), Kind::integer)});
  EXPECT_EQ(t.run(node(Op::and_, Kind::boolean, {not_zero, divides})), (std::vector<Value>{Value(false), Value(true), Value(false)}));
  EXPECT_TRUE(t.problems.empty());
  EXPECT_EQ(t.run(node(Op::or_, Kind::boolean, {node(Op::not_, Kind::boolean, {not_zero}), divides})), (std::vector<Value>{Value(true), Value(true), Value(true)}));
  EXPECT_TRUE(t.problems.empty());
}

TEST(Eval, ThreeValuedLogicOverNullBooleans) {
  Table t;
  t.add(Kind::boolean, {Value(true), Value(false), Value()});
  const auto null = lit(Value(), Kind::boolean);
  EXPECT_EQ(t.run(node(Op::and_, Kind::boolean, {col(0, Kind::boolean), null})), (std::vector<Value>{Value(), Value(false), Value()}));
  EXPECT_EQ(t.run(node(Op::or_, Kind::boolean, {col(0, Kind::boolean), null})), (std::vector<Value>{Value(true), Value(), Value()}));
}

TEST(Eval, CaseEvaluatesOnlyTheBranchThatIsTaken) {
  Table t;
  t.add(Kind::integer, {Value(1), Value(0), Value(5)});
  const auto when = node(Op::eq, Kind::boolean, {col(0, Kind::integer), lit(Value(0), Kind::integer)});
  const auto divide = node(Op::divide, Kind::integer, {lit(Value(10), Kind::integer), col(0, Kind::integer)});
  EXPECT_EQ(t.run(node(Op::case_, Kind::integer, {when, lit(Value(-1), Kind::integer), divide})), (std::vector<Value>{Value(10), Value(-1), Value(2)}));
  EXPECT_TRUE(t.problems.empty());
  EXPECT_EQ(t.run(node(Op::case_, Kind::integer, {when, lit(Value(-1), Kind::integer)})), (std::vector<Value>{Value(), Value(-1), Value()}));
}

TEST(Eval, ComparisonsWithNullAreFalse) {
  Table t;
  t.add(Kind::string, {Value("a"), Value(), Value("b")});
  EXPECT_EQ(t.run(node(Op::eq, Kind::boolean, {col(0, Kind::string), lit(Value("a"), Kind::string)})), (std::vector<Value>{Value(true), Value(false), Value(false)}));
  EXPECT_EQ(t.run(node(Op::ne, Kind::boolean, {col(0, Kind::string), lit(Value("a"), Kind::string)})), (std::vector<Value>{Value(false), Value(false), Value(true)}));
  EXPECT_EQ(t.run(node(Op::not_distinct, Kind::boolean, {col(0, Kind::string), lit(Value(), Kind::string)})), (std::vector<Value>{Value(false), Value(true), Value(false)}));
}

TEST(Eval, ArraysCountFromOneAndFromTheEnd) {
  Table t;
  const auto type = Type::array(Kind::integer);
  t.add(type, {Value::array({Value(1), Value(2), Value(3)}), Value()});
  const auto at = [&](int i) { return t.run(node(Op::subscript, Kind::integer, {col(0, type), lit(Value(i), Kind::integer)}))[0]; };
  EXPECT_EQ(at(1), Value(1));
  EXPECT_EQ(at(-1), Value(3));
  EXPECT_EQ(at(0), Value());
  EXPECT_EQ(at(4), Value());
}

TEST(Eval, DecimalsAreExactOrNull) {
  Table t;
  const auto type = Type::decimal(4, 2);
  t.add(type, {Value(data::Decimal(1000, 2)), Value(data::Decimal(100, 2))});
  t.add(type, {Value(data::Decimal(400, 2)), Value(data::Decimal(300, 2))});
  const auto quotient = t.run(node(Op::divide, Type::decimal(13, 7), {col(0, type), col(1, type)}));
  EXPECT_EQ(quotient[0].decimal().text(), "2.5000000");
  EXPECT_EQ(quotient[1], Value());
  EXPECT_EQ(t.problems.size(), 1u);
  const auto sum = t.run(node(Op::add, Type::decimal(5, 2), {col(0, type), col(1, type)}));
  EXPECT_EQ(sum[0].decimal().text(), "14.00");
}

TEST(Eval, LambdasSeeRowAndOuterParameters) {
  Table t;
  const auto type = Type::array(Kind::integer);
  t.add(type, {Value::array({Value(1), Value(2)})});
  t.add(Kind::integer, {Value(10)});
  auto parameter = std::make_shared<BoundExpression>();
  parameter->op = Op::lambda_parameter;
  parameter->type = Kind::integer;
  auto call = std::make_shared<BoundExpression>();
  call->op = Op::call;
  call->type = type;
  call->args = {col(0, type), lit(Value(), Kind::integer)};
  call->lambdas.push_back({{Kind::integer}, node(Op::add, Kind::integer, {parameter, col(1, Kind::integer)}), 0});
  auto function = std::make_shared<sql::ResolvedScalar>();
  function->eval = [](std::span<const Value> args, std::span<const sql::LambdaFunction> lambdas, const sql::CallContext&) -> Result<Value> {
    data::Values out;
    for (const auto& v : args[0].items()) { TRY(auto r, lambdas[0](std::span(&v, 1))); out.push_back(r); }
    return Value::array(out);
  };
  call->function = function;
  EXPECT_EQ(t.run(call)[0], Value::array({Value(11), Value(12)}));
}

TEST(Like, MatchesWholeTextWithWildcardsAndEscapes) {
  EXPECT_TRUE(like("hello", "h%o", '\0'));
  EXPECT_TRUE(like("hello", "%ll%", '\0'));
  EXPECT_TRUE(like("hello", "h_llo", '\0'));
  EXPECT_FALSE(like("hello", "h_lo", '\0'));
  EXPECT_TRUE(like("", "%", '\0'));
  EXPECT_FALSE(like("", "_", '\0'));
  EXPECT_TRUE(like("zß!", "z_!", '\0'));
  EXPECT_TRUE(like("50%", "50!%", '!'));
  EXPECT_FALSE(like("500", "50!%", '!'));
  EXPECT_TRUE(like("aXbXc", "a%X%c", '\0'));
}

// The kernels and the way over single values must say the same.
TEST(Eval, KernelsAgreeWithSingleValues) {
  std::mt19937 random(1);
  const auto number = [&] { return random() % 4 == 0 ? Value() : Value(std::int32_t(random() % 7) - 3); };
  for (int round = 0; round < 50; ++round) {
    std::vector<Value> a, b;
    for (int i = 0; i < 20; ++i) { a.push_back(number()); b.push_back(number()); }
    Table t;
    t.add(Kind::integer, a);
    t.add(Kind::integer, b);
    for (const Op op : {Op::eq, Op::ne, Op::lt, Op::le, Op::gt, Op::ge, Op::add, Op::subtract, Op::multiply, Op::divide, Op::modulo}) {
      const bool compares = op <= Op::ge;
      const auto e = node(op, compares ? Kind::boolean : Kind::integer, {col(0, Kind::integer), col(1, Kind::integer)});
      const auto columns = t.run(e);
      for (std::size_t i = 0; i < a.size(); ++i) {
        const Value args[2] = {a[i], b[i]};
        const auto single = apply_operation(*e, args);
        EXPECT_EQ(columns[i], single ? *single : Value()) << "row " << i << " of operation " << int(op);
      }
    }
  }
}

}  // namespace
}  // namespace braid::flow
