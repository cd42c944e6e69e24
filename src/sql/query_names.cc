#include "sql/query_names.h"

#include <algorithm>
#include <charconv>

#include "sql/binder.h"
#include "sql/parser.h"

namespace braid::sql {
namespace {

// name_12 -> (name, 12); a name without a number has the number 0.
std::pair<std::string, int> split_number(const std::string& name) {
  const auto underscore = name.rfind('_');
  if (underscore != std::string::npos && underscore + 1 < name.size()) {
    int n = 0;
    const auto* end = name.data() + name.size();
    if (auto [at, ec] = std::from_chars(name.data() + underscore + 1, end, n); ec == std::errc{} && at == end) return {name.substr(0, underscore), n};
  }
  return {name, 0};
}

class Resolver {
 public:
  Resolver(NamedQuery& out, const Metastore& metastore) : out_(out), metastore_(metastore) {}

  Result<void> run() {
    auto& q = out_.query;
    TRY_VOID(add_source(q.from));
    for (const auto& j : q.joins) TRY_VOID(add_source(j.right));
    note_clashes();
    TRY_VOID(check_aliases());
    for (auto& item : q.items) TRY_VOID(resolve_item(item));
    for (auto& j : q.joins) TRY_VOID(resolve(j.on));
    TRY_VOID(resolve(q.where));
    if (q.group_by) for (auto& g : *q.group_by) TRY_VOID(resolve(g));
    if (q.partition_by) for (auto& p : *q.partition_by) TRY_VOID(resolve(p));
    TRY_VOID(resolve(q.having));
    return name_items();
  }

 private:
  Result<void> add_source(const AliasedSource& s) {
    const auto* source = metastore_.find(s.source);
    if (!source) {
      std::vector<std::string> names;
      for (const auto& [name, other] : metastore_.sources()) names.push_back(name);
      const auto near = closest(s.source, names);
      return fail(ErrorCode::not_found, "Failed to prepare statement: " + s.source + " does not exist." + metastore_.alternatives(s.source),
                  near.empty() ? "SHOW STREAMS and SHOW TABLES list what there is; CREATE STREAM name WITH (kafka_topic='...', value_format='AVRO') makes one of a topic" : "did you mean " + print_identifier(near) + "?", s.place.span);
    }
    out_.sources.push_back({source, s.alias, s.place});
    return {};
  }

  // Unknown qualifiers are told before anything else.
  Result<void> check_aliases() const {
    std::optional<Error> failed;
    const auto check = [&](const Part& part) {
      if (part) visit(*part, [&](const Expression& e) {
        if (!failed && e.node == Node::column && !e.qualifier.empty() && !out_.by_alias(e.qualifier)) failed = unknown_alias(e.qualifier, e.place).error();
      });
    };
    const auto& q = out_.query;
    for (const auto& item : q.items) {
      if (item.kind == SelectItem::Kind::all_of && !out_.by_alias(item.source)) return unknown_alias(item.source, item.place);
      check(item.expression);
    }
    for (const auto& j : q.joins) check(j.on);
    check(q.where);
    if (q.group_by) for (const auto& g : *q.group_by) check(g);
    if (q.partition_by) for (const auto& p : *q.partition_by) check(p);
    check(q.having);
    if (failed) return std::unexpected(*std::move(failed));
    return {};
  }

  void note_clashes() {
    std::set<std::string> seen;
    for (const auto& s : out_.sources)
      for (const auto& name : columns_of(*s.source))
        if (!seen.insert(name).second) clashing_.insert(name);
  }
  static std::vector<std::string> columns_of(const Source& source) {
    std::vector<std::string> names;
    for (const auto& c : source.schema.key) names.push_back(c.name);
    for (const auto& c : source.schema.value) names.push_back(c.name);
    for (const auto& c : source.schema.headers) names.push_back(c.name);
    return names;
  }
  bool clashes(const std::string& name) const { return out_.is_join() && (is_pseudo_column(name) || clashing_.contains(name)); }

  Result<void> resolve_item(SelectItem& item) { return item.expression ? resolve(item.expression) : Result<void>(); }

  std::unexpected<Error> unknown_alias(const std::string& alias, const Place& place) const {
    std::vector<std::string> names;
    for (const auto& s : out_.sources) names.push_back(s.alias);
    const auto near = closest(alias, names);
    return fail(ErrorCode::invalid_input, "Failed to prepare statement: '" + alias + "' is not a valid stream/table name or alias.",
                near.empty() ? "the names in this query are " + joined(names) : "did you mean " + near + "?", place.span);
  }
  static std::string joined(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& n : names) out += (out.empty() ? "" : ", ") + n;
    return out;
  }

  Result<void> resolve(Part& part) {
    if (!part) return {};
    std::optional<Error> failed;
    part.of = rewrite(part.of, [&](const Expression& e) -> ExpressionPtr {
      if (failed || (e.node != Node::column && e.node != Node::lambda)) return nullptr;
      if (e.node == Node::lambda) {
        for (const auto& s : out_.sources)
          for (const auto& name : e.names)
            if (source_has(*s.source, name) && !is_system_column(name))
              failed = fail(ErrorCode::invalid_input, "Lambda function argument can't be a column name: " + name, "choose another name", e.place.span).error();
        return nullptr;
      }
      if (!e.qualifier.empty()) return nullptr;
      std::vector<std::string> owners;
      for (const auto& s : out_.sources)
        if (source_has(*s.source, e.name)) owners.push_back(s.alias);
      if (owners.empty()) return nullptr;
      if (owners.size() > 1 && !(is_window_bound(e.name) && out_.query.window)) {
        std::string could;
        for (std::size_t i = 0; i < owners.size(); ++i) could += (i ? i + 1 == owners.size() ? " or " : ", " : "") + owners[i] + "." + e.name;
        failed = fail(ErrorCode::invalid_input, "Exception while preparing statement: " + place_prefix(e.place) + "Column '" + e.name + "' is ambiguous. Could be " + could + ".",
                      "write the source in front of it: " + owners[0] + "." + e.name, e.place.span).error();
        return nullptr;
      }
      auto qualified = e;
      qualified.qualifier = owners[0];
      return std::make_shared<const Expression>(std::move(qualified));
    });
    if (failed) return std::unexpected(*std::move(failed));
    return {};
  }

  Result<void> name_items() {
    std::vector<std::string> used;
    for (const auto& s : out_.sources)
      for (auto& name : columns_of(*s.source)) used.push_back(std::move(name));
    AliasMaker aliases(std::move(used));
    for (auto& item : out_.query.items) {
      if (item.kind != SelectItem::Kind::single || item.alias) continue;
      const auto& e = *item.expression;
      if (e.node == Node::column) item.alias = !e.qualifier.empty() && clashes(e.name) ? e.qualifier + "_" + e.name : e.name;
      else item.alias = aliases.for_expression(e);
    }
    return {};
  }

  NamedQuery& out_;
  const Metastore& metastore_;
  std::set<std::string> clashing_;
};

}  // namespace

const NamedSource* NamedQuery::by_alias(std::string_view alias) const {
  for (const auto& s : sources)
    if (s.alias == alias) return &s;
  return nullptr;
}

bool is_pseudo_column(std::string_view name) { return name == "ROWTIME" || name == "ROWPARTITION" || name == "ROWOFFSET"; }
bool is_window_bound(std::string_view name) { return name == "WINDOWSTART" || name == "WINDOWEND"; }

bool source_has(const Source& source, std::string_view column) {
  if (is_pseudo_column(column)) return true;
  if (is_window_bound(column) && source.window) return true;
  const auto named = [&](const auto& c) { return c.name == column; };
  return std::ranges::any_of(source.schema.key, named) || std::ranges::any_of(source.schema.value, named) || std::ranges::any_of(source.schema.headers, named);
}

AliasMaker::AliasMaker(std::vector<std::string> used) {
  for (const auto& name : used) {
    auto [prefix, number] = split_number(name);
    used_[prefix].insert(number);
  }
}
std::string AliasMaker::next(const std::string& prefix, bool drop_zero) {
  auto& n = next_[prefix];
  const auto& used = used_[prefix];
  while (used.contains(n)) ++n;
  const int number = n++;
  return number == 0 && drop_zero ? prefix : prefix + "_" + std::to_string(number);
}
std::string AliasMaker::for_expression(const Expression& e) {
  if (e.node == Node::field) return next(split_number(e.name).first, true);
  return next("KSQL_COL", false);
}

Result<NamedQuery> resolve_names(const Query& query, const Metastore& metastore) {
  NamedQuery out;
  out.query = query;
  TRY_VOID(Resolver(out, metastore).run());
  return out;
}

}  // namespace braid::sql
