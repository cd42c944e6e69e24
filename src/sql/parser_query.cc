// SELECT ... and its clauses.
#include <algorithm>
#include <array>

#include "sql/parser_internal.h"

namespace braid::sql {

Result<SelectItem> Parser::select_item() {
  const auto begin = place();
  SelectItem item;
  if (accept_symbol("*")) {
    item.kind = SelectItem::Kind::all;
    item.place = place_from(begin);
    return item;
  }
  if (identifier_at() && symbol(".", 1) && symbol("*", 2)) {
    item.kind = SelectItem::Kind::all_of;
    TRY(item.source, identifier());
    take(); take();
    item.place = place_from(begin);
    return item;
  }
  TRY(auto e, expression());
  item.expression = e;
  if (symbol("->") && symbol("*", 1)) {
    take(); take();
    item.kind = SelectItem::Kind::all_fields;
    item.place = place_from(begin);
    return item;
  }
  if (accept("AS")) {
    TRY(item.alias, identifier());
  } else if (identifier_at() && !word("EMIT") && !word("PARTITION")) {
    TRY(item.alias, identifier());
  }
  item.place = place_from(begin);
  return item;
}

Result<AliasedSource> Parser::aliased_source() {
  const auto begin = place();
  AliasedSource source;
  TRY(source.source, identifier());
  source.alias = source.source;
  const bool clause = (word("EMIT") && (word("CHANGES", 1) || word("FINAL", 1))) || (word("PARTITION") && word("BY", 1));
  if (accept("AS")) {
    TRY(source.alias, identifier());
  } else if (identifier_at() && !clause) {
    TRY(source.alias, identifier());
  }
  source.place = place_from(begin);
  return source;
}

Result<Duration> Parser::duration() {
  Duration d;
  TRY(d.amount, integer());
  static constexpr std::array<std::string_view, 5> words{"DAY", "HOUR", "MINUTE", "SECOND", "MILLISECOND"};
  if (peek().kind == TokenKind::word)
    for (const auto w : words)
      if (peek().text == w || peek().text == std::string(w) + "S") {
        take();
        d.unit = std::string(w) + "S";
        return d;
      }
  return expecting({"DAYS", "HOURS", "MINUTES", "SECONDS", "MILLISECONDS"});
}

Result<std::optional<JoinClause>> Parser::join() {
  const auto begin = place();
  JoinClause join;
  if (accept("INNER")) {
    join.type = JoinWord::inner;
  } else if (word("LEFT") || word("RIGHT") || word("FULL")) {
    join.type = word("LEFT") ? JoinWord::left : word("RIGHT") ? JoinWord::right : JoinWord::outer;
    take();
    accept("OUTER");
  } else if (!word("JOIN")) {
    return std::optional<JoinClause>();
  }
  TRY_VOID(expect("JOIN"));
  TRY(join.right, aliased_source());
  if (accept("WITHIN")) {
    Within within;
    if (accept_symbol("(")) {
      within.asymmetric = true;
      TRY(within.before, duration());
      TRY_VOID(expect_symbol(","));
      TRY(within.after, duration());
      TRY_VOID(expect_symbol(")"));
    } else {
      TRY(within.before, duration());
      within.after = within.before;
    }
    if (accept("GRACE")) {
      TRY_VOID(expect("PERIOD"));
      TRY(within.grace, duration());
    }
    join.within = std::move(within);
  }
  TRY_VOID(expect("ON"));
  TRY(auto on, expression());
  join.on = on;
  join.place = place_from(begin);
  return std::optional<JoinClause>(std::move(join));
}

Result<WindowClause> Parser::window() {
  const auto begin = place();
  WindowClause window;
  const auto kind_at = [&](std::size_t ahead) { return word("TUMBLING", ahead) || word("HOPPING", ahead) || word("SESSION", ahead); };
  if (!kind_at(0) && kind_at(1)) { TRY(window.name, identifier()); }
  if (accept("TUMBLING")) window.kind = WindowKind::tumbling;
  else if (accept("HOPPING")) window.kind = WindowKind::hopping;
  else if (accept("SESSION")) window.kind = WindowKind::session;
  else return expecting({"TUMBLING", "HOPPING", "SESSION"});
  TRY_VOID(expect_symbol("("));
  if (window.kind != WindowKind::session) TRY_VOID(expect("SIZE"));
  TRY(window.size, duration());
  if (window.kind == WindowKind::hopping) {
    TRY_VOID(expect_symbol(","));
    TRY_VOID(expect("ADVANCE"));
    TRY_VOID(expect("BY"));
    TRY(window.advance, duration());
  }
  while (accept_symbol(",")) {
    if (!window.retention && !window.grace && accept("RETENTION")) {
      TRY(window.retention, duration());
    } else if (!window.grace && accept("GRACE")) {
      TRY_VOID(expect("PERIOD"));
      TRY(window.grace, duration());
    } else if (window.grace) {
      return expecting({"')'"});
    } else if (window.retention) {
      return expecting({"GRACE"});
    } else {
      return expecting({"RETENTION", "GRACE"});
    }
  }
  TRY_VOID(expect_symbol(")"));
  window.place = place_from(begin);
  return window;
}

// Either a list of expressions or the same in parentheses, which may be empty. The text decides: (a + b) * 2, c is the former.
Result<std::vector<Part>> Parser::expression_group(bool& parenthesised) {
  const auto start = at_;
  std::vector<Part> parts;
  const auto list = [&]() -> Result<void> {
    do {
      TRY(auto e, value_expression());
      parts.emplace_back(e);
    } while (accept_symbol(","));
    return {};
  };
  parenthesised = false;
  auto plain = list();
  if (plain) return parts;
  const auto reached = at_;
  at_ = start;
  parts.clear();
  if (!accept_symbol("(")) { at_ = reached; return std::unexpected(plain.error()); }
  parenthesised = true;
  if (accept_symbol(")")) return parts;
  TRY_VOID(list());
  TRY_VOID(expect_symbol(")"));
  return parts;
}

Result<Query> Parser::query() {
  Query q;
  const auto begin = place();
  TRY_VOID(expect("SELECT"));
  do {
    TRY(auto item, select_item());
    q.items.push_back(std::move(item));
  } while (accept_symbol(","));
  TRY_VOID(expect("FROM"));
  TRY(q.from, aliased_source());
  while (true) {
    TRY(auto joined, join());
    if (!joined) break;
    q.joins.push_back(std::move(*joined));
  }
  if (accept("WINDOW")) { TRY(q.window, window()); }
  if (accept("WHERE")) {
    TRY(auto e, expression());
    q.where = e;
  }
  if (word("GROUP")) {
    const auto clause = place();
    take();
    TRY_VOID(expect("BY"));
    TRY(q.group_by, expression_group(q.group_by_parenthesised));
    q.group_by_place = place_from(clause);
  }
  if (word("PARTITION") && word("BY", 1)) {
    const auto clause = place();
    take(); take();
    TRY(q.partition_by, expression_group(q.partition_by_parenthesised));
    q.partition_by_place = place_from(clause);
  }
  if (accept("HAVING")) {
    TRY(auto e, expression());
    q.having = e;
  }
  if (accept("EMIT")) {
    if (accept("CHANGES")) q.emit = Emit::changes;
    else if (accept("FINAL")) q.emit = Emit::final;
    else return expecting({"CHANGES", "FINAL"});
  }
  if (accept("LIMIT")) {
    TRY(q.limit, integer());
  }
  q.place = place_from(begin);
  return q;
}

}  // namespace braid::sql
