#include "cli/statements.h"

#include <gtest/gtest.h>

#include "cli/table.h"

namespace braid::cli {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  const auto statements = split_statements(text);
  for (const auto& s : statements.whole) {
    out.push_back(s.text);
    EXPECT_EQ(text.substr(s.begin, s.text.size()), s.text);
  }
  if (!statements.rest.empty()) out.push_back("rest:" + statements.rest);
  return out;
}
using Texts = std::vector<std::string>;

TEST(Statements, EndAtASemicolonOutsideOfTextsAndComments) {
  EXPECT_EQ(split("a; b;"), (Texts{"a;", "b;"}));
  EXPECT_EQ(split("INSERT ';' 'it''s;' \"x;\" `y;`; b"), (Texts{"INSERT ';' 'it''s;' \"x;\" `y;`;", "rest:b"}));
  EXPECT_EQ(split("-- one; two\nSELECT 1; /* ; */ x;"), (Texts{"SELECT 1;", "x;"}));
  EXPECT_EQ(split("SELECT -- c;\n 1;"), (Texts{"SELECT -- c;\n 1;"}));
  EXPECT_EQ(split(" ;; \n"), Texts{});
  EXPECT_EQ(split("SELECT 'open; "), (Texts{"rest:SELECT 'open; "}));
  EXPECT_EQ(split("/* open ;"), (Texts{"rest:/* open ;"}));
}

TEST(Statements, KnowWhatTheyAre) {
  EXPECT_EQ(kind_of("select * from x;"), StatementKind::query);
  EXPECT_EQ(kind_of("/* hi */ -- there\n SELECT 1"), StatementKind::query);
  EXPECT_EQ(kind_of("print 'topic';"), StatementKind::print);
  EXPECT_EQ(kind_of("CREATE STREAM x AS SELECT 1;"), StatementKind::other);
  EXPECT_TRUE(goes_on_for_ever("SELECT * FROM x EMIT CHANGES;"));
  EXPECT_FALSE(goes_on_for_ever("SELECT * FROM x EMIT CHANGES LIMIT 3;"));
  EXPECT_FALSE(goes_on_for_ever("SELECT 'EMIT CHANGES' FROM x;"));
  EXPECT_TRUE(goes_on_for_ever("PRINT x FROM BEGINNING;"));
}

TEST(Table, AlignsAndKeepsControlCharactersFromTheTerminal) {
  Table table({"name", "n"});
  table.right(1).add({"a", "1"});
  table.add({"bcdef", "200"});
  EXPECT_EQ(table.text(), "name     n\na        1\nbcdef  200\n");
  EXPECT_EQ(printable("a\nb\x1b[2J"), "a\\nb\\x1b[2J");
  EXPECT_EQ(cut_to_width("abcdef", 4), "abc…");
  EXPECT_EQ(cut_to_width("abcd", 4), "abcd");
}

}  // namespace
}  // namespace braid::cli
