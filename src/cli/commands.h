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
Result<void> topics_list(Session& session, const Arguments& arguments);
Result<void> topics_describe(Session& session, const Arguments& arguments);
Result<void> topics_create(Session& session, const Arguments& arguments);
Result<void> topics_change(Session& session, const Arguments& arguments);
Result<void> topics_delete(Session& session, const Arguments& arguments);
Result<void> schemas_list(Session& session, const Arguments& arguments);
Result<void> schemas_show(Session& session, const Arguments& arguments);
Result<void> schemas_register(Session& session, const Arguments& arguments);
Result<void> schemas_check(Session& session, const Arguments& arguments);
Result<void> schemas_delete(Session& session, const Arguments& arguments);
Result<void> products_list(Session& session, const Arguments& arguments);
Result<void> products_show(Session& session, const Arguments& arguments);
Result<void> products_publish(Session& session, const Arguments& arguments);
Result<void> products_change(Session& session, const Arguments& arguments);
Result<void> products_deprecate(Session& session, const Arguments& arguments);
Result<void> products_retire(Session& session, const Arguments& arguments);
Result<void> products_remove(Session& session, const Arguments& arguments);
Result<void> products_promises(Session& session, const Arguments& arguments);
Result<void> products_profile(Session& session, const Arguments& arguments);
Result<void> topics_profile(Session& session, const Arguments& arguments);
Result<void> products_history(Session& session, const Arguments& arguments);
Result<void> products_register(Session& session, const Arguments& arguments);
Result<void> products_unregister(Session& session, const Arguments& arguments);
Result<void> search(Session& session, const Arguments& arguments);
Result<void> lineage(Session& session, const Arguments& arguments);
Result<void> audit(Session& session, const Arguments& arguments);
Result<void> domains_list(Session& session, const Arguments& arguments);
Result<void> domains_define(Session& session, const Arguments& arguments);
Result<void> teams_list(Session& session, const Arguments& arguments);
Result<void> teams_define(Session& session, const Arguments& arguments);
Result<void> people_list(Session& session, const Arguments& arguments);
Result<void> people_define(Session& session, const Arguments& arguments);
Result<void> users_list(Session& session, const Arguments& arguments);
Result<void> users_add(Session& session, const Arguments& arguments);
Result<void> users_password(Session& session, const Arguments& arguments);
Result<void> users_remove(Session& session, const Arguments& arguments);
Result<void> acls_list(Session& session, const Arguments& arguments);
Result<void> acls_add(Session& session, const Arguments& arguments);
Result<void> acls_remove(Session& session, const Arguments& arguments);
Result<void> whoami(Session& session, const Arguments& arguments);
Result<void> names(Session& session, const Arguments& arguments);
Result<void> produce(Session& session, const Arguments& arguments);
Result<void> consume(Session& session, const Arguments& arguments);
Result<void> load(Session& session, const Arguments& arguments);
Result<void> sql(Session& session, const Arguments& arguments);
Result<void> groups_list(Session& session, const Arguments& arguments);
Result<void> groups_show(Session& session, const Arguments& arguments);
Result<void> groups_reset(Session& session, const Arguments& arguments);
Result<void> groups_remove(Session& session, const Arguments& arguments);
Result<void> queries_list(Session& session, const Arguments& arguments);
Result<void> queries_show(Session& session, const Arguments& arguments);
Result<void> queries_pause(Session& session, const Arguments& arguments);
Result<void> queries_resume(Session& session, const Arguments& arguments);
Result<void> queries_terminate(Session& session, const Arguments& arguments);

Result<void> demo(Session& session, const Arguments& arguments);
std::vector<Option> demo_options();
std::vector<Option> node_options();                                  // the settings of a node, as flags
Result<node::Loaded> load_node_config(const Arguments& arguments);
using AfterStart = std::function<Result<void>(node::Node&)>;
Result<void> run_node(const node::Loaded& loaded, std::optional<node::Demo> demo, const AfterStart& after_start);   // until SIGTERM or SIGINT

}  // namespace braid::cli
