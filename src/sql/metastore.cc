#include "sql/metastore.h"

#include <algorithm>

#include "sql/ast.h"

namespace braid::sql {
namespace {
std::string upper(std::string_view s) {
  std::string out(s);
  for (auto& c : out) c = c >= 'a' && c <= 'z' ? char(c - 32) : c;
  return out;
}
}  // namespace

const Source* Metastore::find(std::string_view name) const {
  const auto it = sources_.find(name);
  return it == sources_.end() ? nullptr : &it->second;
}

std::vector<std::string> Metastore::readers_of(std::string_view source) const {
  std::vector<std::string> ids;
  for (const auto& [id, links] : queries_)
    if (links.reads.contains(std::string(source))) ids.push_back(id);
  return ids;
}
std::vector<std::string> Metastore::writers_of(std::string_view source) const {
  std::vector<std::string> ids;
  for (const auto& [id, links] : queries_)
    if (links.writes == source) ids.push_back(id);
  return ids;
}

std::string Metastore::alternatives(std::string_view name) const {
  std::vector<const Source*> same;
  for (const auto& [other, source] : sources_)
    if (other != name && upper(other) == upper(name)) same.push_back(&source);
  if (same.size() == 1) {
    const auto& other = same.front()->name;
    if (other == upper(other)) return "\nDid you mean " + other + "? Hint: try removing double quotes from the source name.";
    return "\nDid you mean \"" + other + "\"? Hint: wrap the source name in double quotes to make it case-sensitive.";
  }
  if (same.empty()) return "";
  std::string list;
  for (const auto* s : same) list += (list.empty() ? "" : ", ") + (s->name == upper(s->name) ? s->name : "\"" + s->name + "\"");
  return "\nDid you mean one of these: " + list + "? Hint: wrap the source name in double quotes to make it case-sensitive.";
}

void Metastore::apply(const DdlCommand& command) {
  if (const auto* put = std::get_if<PutSource>(&command)) sources_.insert_or_assign(put->source.name, put->source);
  else if (const auto* drop = std::get_if<DropSourceCommand>(&command)) sources_.erase(drop->name);
  else if (const auto* type = std::get_if<PutType>(&command)) types_.insert_or_assign(type->name, type->type);
  else types_.erase(std::get<DropTypeCommand>(command).name);
}

void Metastore::add_query(const QueryPlan& plan) {
  QueryLinks links;
  links.reads.insert(plan.sources.begin(), plan.sources.end());
  if (plan.root && plan.root->kind == StepKind::sink) links.writes = plan.root->sink;
  queries_.insert_or_assign(plan.id, std::move(links));
}
void Metastore::remove_query(std::string_view id) {
  if (const auto it = queries_.find(id); it != queries_.end()) queries_.erase(it);
}

}  // namespace braid::sql
