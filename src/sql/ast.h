// The syntax tree of the dialect: what the text says, before any name is looked up. Plain values; expressions are immutable and shared.
// Places are bytes into the text that was parsed; two trees are equal when they say the same, wherever they stood.
// Identifiers are as SQL sees them: capitals unless they were quoted.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "data/value.h"
#include "sql/schema.h"

namespace braid::sql {

using data::Value;

// Where a node stood in its text; says nothing about what it means, so all places compare equal.
struct Place {
  SourceSpan span{};
  int line = 1, column = 1;                    // of its first character, counted from 1
  friend bool operator==(const Place&, const Place&) { return true; }
};

// A type as written: its name may be a custom type that only the metastore knows.
struct TypeName {
  std::string name;                            // INTEGER, ARRAY, MAP, STRUCT, DECIMAL, or anything else
  std::vector<TypeName> parts{};               // array: element; map: key, value; struct: fields
  std::vector<std::string> fields{};           // struct
  std::vector<std::string> parameters{};       // DECIMAL(4, 2), VARCHAR(STRING)
  Place place{};
  friend bool operator==(const TypeName&, const TypeName&) = default;
};

struct Expression;
using ExpressionPtr = std::shared_ptr<const Expression>;

enum class Node : std::uint8_t {
  literal,           // value; a null value is NULL
  column,            // [qualifier.]name
  lambda_variable,   // name
  not_, and_, or_,
  compare,           // symbol: = <> < <= > >=, "IS DISTINCT FROM", "IS NOT DISTINCT FROM"
  is_null, is_not_null,
  between,           // value, low, high
  in,                // value, items...
  like,              // value, pattern; escape
  arithmetic,        // symbol: + - * / %
  negate, plus,
  simple_case,       // operand, when, then, ..., [else]; has_else
  searched_case,     // when, then, ..., [else]; has_else
  cast,              // args[0] as type
  array,             // items
  map,               // key, value, ...
  structure,         // values; names
  call,              // name(args); star: name(*)
  subscript,         // base, index
  field,             // base -> name
  all_fields,        // base -> *   (a select item only)
  lambda,            // names => args[0]
  unit,              // DAYS and its like, as a function's argument; name
  typed_text,        // DATE '2020-01-01': name, value
  at_time_zone,      // args[0] AT TIME ZONE value
};

struct Expression {
  Node node = Node::literal;
  Place place{};
  std::vector<ExpressionPtr> args{};
  std::string name{};
  std::string qualifier{};
  std::string symbol{};
  std::vector<std::string> names{};
  Value value{};
  std::optional<TypeName> type{};              // cast
  std::optional<std::string> escape{};         // like
  bool negated = false;                        // NOT BETWEEN, NOT IN, NOT LIKE
  bool has_else = false;
  bool star = false;                           // COUNT(*)
  int depth = 1;                               // of the tree below; bounded by limits::sql_tree_depth_max
  friend bool operator==(const Expression& a, const Expression& b);
};

// Places compare equal; expressions compare by what they say.
struct Part {                                  // an ExpressionPtr that compares deeply; may be empty
  ExpressionPtr of{};
  Part() = default;
  Part(ExpressionPtr e) : of(std::move(e)) {}  // NOLINT: a Part is an expression
  const Expression* operator->() const { return of.get(); }
  const Expression& operator*() const { return *of; }
  explicit operator bool() const { return of != nullptr; }
  friend bool operator==(const Part& a, const Part& b) { return (!a.of || !b.of) ? !a.of && !b.of : *a.of == *b.of; }
};

struct Property {                              // of a WITH clause; the name in capitals
  std::string name;
  Value value;
  bool variable = false;
  Place place{};
  friend bool operator==(const Property& a, const Property& b) { return a.name == b.name && a.value == b.value; }
};
using Properties = std::vector<Property>;

enum class ColumnRole : std::uint8_t { value, key, primary_key, headers, header };
struct ColumnElement {
  std::string name;
  TypeName type;
  ColumnRole role = ColumnRole::value;
  std::string header_key{};                    // HEADER('k')
  Place place{};
  friend bool operator==(const ColumnElement&, const ColumnElement&) = default;
};

struct Duration {
  std::int64_t amount = 0;
  std::string unit;                            // DAYS, HOURS, MINUTES, SECONDS, MILLISECONDS
  std::int64_t ms() const;
  friend bool operator==(const Duration&, const Duration&) = default;
};

struct WindowClause {
  WindowKind kind = WindowKind::tumbling;
  std::string name{};
  Duration size;                               // session: the gap
  std::optional<Duration> advance{}, retention{}, grace{};
  Place place{};
  friend bool operator==(const WindowClause&, const WindowClause&) = default;
};

struct SelectItem {
  enum class Kind : std::uint8_t { single, all, all_of, all_fields } kind = Kind::single;
  Part expression{};                           // single; the struct of all_fields
  std::optional<std::string> alias{};
  std::string source{};                        // all_of
  Place place{};
  friend bool operator==(const SelectItem&, const SelectItem&) = default;
};

struct AliasedSource {
  std::string source;
  std::string alias;                           // the source's name when none was given
  Place place{};
  friend bool operator==(const AliasedSource&, const AliasedSource&) = default;
};

enum class JoinWord : std::uint8_t { inner, left, right, outer };
struct Within {
  Duration before, after;
  bool asymmetric = false;                     // WITHIN (before, after)
  std::optional<Duration> grace{};
  friend bool operator==(const Within&, const Within&) = default;
};
struct JoinClause {
  JoinWord type = JoinWord::inner;
  AliasedSource right;
  std::optional<Within> within{};
  Part on{};
  Place place{};
  friend bool operator==(const JoinClause&, const JoinClause&) = default;
};

enum class Emit : std::uint8_t { none, changes, final };
struct Query {
  std::vector<SelectItem> items;
  AliasedSource from;
  std::vector<JoinClause> joins{};
  std::optional<WindowClause> window{};
  Part where{};
  std::optional<std::vector<Part>> group_by{};
  std::optional<std::vector<Part>> partition_by{};
  Part having{};
  Emit emit = Emit::none;
  std::optional<std::int64_t> limit{};
  bool group_by_parenthesised = false, partition_by_parenthesised = false;
  Place place{}, group_by_place{}, partition_by_place{};
  friend bool operator==(const Query&, const Query&) = default;
};

struct CreateSource {
  SourceKind kind = SourceKind::stream;
  bool or_replace = false, if_not_exists = false, is_source = false;
  std::string name;
  std::vector<ColumnElement> columns{};
  Properties with{};
  bool has_columns = false;
  Place name_place{};
  friend bool operator==(const CreateSource&, const CreateSource&) = default;
};
struct CreateAs {
  SourceKind kind = SourceKind::stream;
  bool or_replace = false, if_not_exists = false;
  std::string name;
  Properties with{};
  Query query;
  Place name_place{};
  friend bool operator==(const CreateAs&, const CreateAs&) = default;
};
struct InsertInto {
  std::string name;
  Properties with{};
  Query query;
  Place name_place{};
  friend bool operator==(const InsertInto&, const InsertInto&) = default;
};
struct InsertValues {
  std::string name;
  std::vector<std::string> columns{};
  std::vector<Part> values;
  Place name_place{};
  friend bool operator==(const InsertValues&, const InsertValues&) = default;
};
struct AlterSource {
  SourceKind kind = SourceKind::stream;
  std::string name;
  std::vector<ColumnElement> added;
  Place name_place{};
  friend bool operator==(const AlterSource&, const AlterSource&) = default;
};
struct DropSource {
  SourceKind kind = SourceKind::stream;
  std::string name;
  bool if_exists = false, delete_topic = false;
  Place name_place{};
  friend bool operator==(const DropSource&, const DropSource&) = default;
};
struct CreateType {
  std::string name;
  TypeName type;
  bool if_not_exists = false;
  friend bool operator==(const CreateType&, const CreateType&) = default;
};
struct DropType {
  std::string name;
  bool if_exists = false;
  friend bool operator==(const DropType&, const DropType&) = default;
};
enum class ShowWhat : std::uint8_t {
  properties, topics, all_topics, streams, tables, queries, functions, connectors, source_connectors, sink_connectors, connector_plugins, types, variables,
};
struct Show {
  ShowWhat what = ShowWhat::streams;
  bool extended = false;
  friend bool operator==(const Show&, const Show&) = default;
};
enum class DescribeWhat : std::uint8_t { source, streams, tables, function, connector };
struct Describe {
  DescribeWhat what = DescribeWhat::source;
  std::string name{};
  bool extended = false;
  Place name_place{};
  friend bool operator==(const Describe&, const Describe&) = default;
};
struct Print {
  std::string topic;
  bool from_beginning = false;
  std::optional<std::int64_t> interval{}, limit{};
  friend bool operator==(const Print&, const Print&) = default;
};
enum class QueryAction : std::uint8_t { terminate, pause, resume };
struct ControlQuery {
  QueryAction action = QueryAction::terminate;
  std::optional<std::string> query{};          // empty: ALL
  friend bool operator==(const ControlQuery&, const ControlQuery&) = default;
};
struct SetProperty {
  std::string name, value;
  bool system = false;                         // ALTER SYSTEM
  friend bool operator==(const SetProperty&, const SetProperty&) = default;
};
struct UnsetProperty {
  std::string name;
  friend bool operator==(const UnsetProperty&, const UnsetProperty&) = default;
};
struct DefineVariable {
  std::string name, value;
  friend bool operator==(const DefineVariable&, const DefineVariable&) = default;
};
struct UndefineVariable {
  std::string name;
  friend bool operator==(const UndefineVariable&, const UndefineVariable&) = default;
};
struct CreateConnector {
  std::string name;
  bool sink = false, if_not_exists = false;
  Properties with{};
  friend bool operator==(const CreateConnector&, const CreateConnector&) = default;
};
struct DropConnector {
  std::string name;
  bool if_exists = false;
  friend bool operator==(const DropConnector&, const DropConnector&) = default;
};
struct AssertTopic {
  std::string topic;
  bool exists = true;
  Properties with{};
  std::optional<Duration> timeout{};
  friend bool operator==(const AssertTopic&, const AssertTopic&) = default;
};
struct AssertSchema {
  std::optional<std::string> subject{};
  std::optional<std::int64_t> id{};
  bool exists = true;
  std::optional<Duration> timeout{};
  friend bool operator==(const AssertSchema&, const AssertSchema&) = default;
};
// The test tool's own statements: parsed with ParseOptions::test_statements only.
struct AssertValues {
  InsertValues row;
  bool tombstone = false;                      // ASSERT NULL VALUES ... KEY (...)
  friend bool operator==(const AssertValues&, const AssertValues&) = default;
};
struct AssertSource {
  CreateSource source;
  friend bool operator==(const AssertSource&, const AssertSource&) = default;
};
struct RunScript {
  std::string file;
  friend bool operator==(const RunScript&, const RunScript&) = default;
};

struct Explain;
using StatementTree = std::variant<Query, CreateSource, CreateAs, InsertInto, InsertValues, AlterSource, DropSource, CreateType, DropType, Show, Describe,
                                   Print, ControlQuery, SetProperty, UnsetProperty, DefineVariable, UndefineVariable, CreateConnector, DropConnector,
                                   AssertTopic, AssertSchema, AssertValues, AssertSource, RunScript, Explain>;
struct Statement;
struct Explain {
  std::optional<std::string> query{};          // id of a running query, or
  std::shared_ptr<const Statement> statement{};
  friend bool operator==(const Explain& a, const Explain& b);
};

struct Statement {
  StatementTree tree;
  std::string text;                            // as it was written, with its semicolon
  Place place{};                               // in the script
  friend bool operator==(const Statement& a, const Statement& b) { return a.tree == b.tree; }
};

// Canonical texts: statements are laid out as ksqlDB's, so that statement texts in answers and errors are the same.
std::string print(const Expression& e);
std::string print(const TypeName& type);
std::string print(const Query& query);
std::string print(const Statement& statement);
std::string print_identifier(std::string_view name);          // back-quoted when it would not come back the same without
std::string print_literal(const Value& value);
std::string_view join_word_text(JoinWord word);               // LEFT OUTER

// The same expression with its parts replaced: f returns an empty pointer for a node that stays (its parts are then visited).
ExpressionPtr rewrite(const ExpressionPtr& e, const std::function<ExpressionPtr(const Expression&)>& f);
void visit(const Expression& e, const std::function<void(const Expression&)>& f);   // every node, parents first

}  // namespace braid::sql
