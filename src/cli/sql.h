// Runs SQL statements on the node and prints what they answer. Lives on the main thread.
#pragma once
#include <string>
#include <string_view>

#include "cli/session.h"
#include "cli/statements.h"

namespace braid::cli {

struct SqlOptions {
  bool earliest = false;          // queries begin with the first record instead of with new ones
};

// One statement. An Error has its `where` relative to the statement.
Result<void> run_statement(Session& session, const Statement& statement, SqlOptions& options);
// Reads statements from the terminal until Ctrl-D or `exit`.
Result<void> sql_shell(Session& session, SqlOptions options);

}  // namespace braid::cli
