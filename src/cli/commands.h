// Private to cli/*.cc: the functions behind the commands of commands.cc, and what they share.
#pragma once
#include <functional>

#include "cli/command.h"
#include "cli/session.h"
#include "node/config.h"
#include "node/node.h"

namespace braid::cli {

Result<void> up(Session& session, const Arguments& arguments);
Result<void> completion(Session& session, const Arguments& arguments);

std::vector<Option> node_options();                                  // the settings of a node, as flags
Result<node::Loaded> load_node_config(const Arguments& arguments);
using AfterStart = std::function<Result<void>(node::Node&)>;
Result<void> run_node(const node::Loaded& loaded, const AfterStart& after_start);   // until SIGTERM or SIGINT

}  // namespace braid::cli
