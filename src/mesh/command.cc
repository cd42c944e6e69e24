#include "mesh/command.h"

namespace braid::mesh {
namespace {

struct About {
  std::string_view action, kind;
  std::string name;
};

struct AboutOf {
  About operator()(const DefineDomain& c) const { return {"define", "domain", c.name}; }
  About operator()(const RemoveDomain& c) const { return {"remove", "domain", c.name}; }
  About operator()(const DefineTeam& c) const { return {"define", "team", c.name}; }
  About operator()(const RemoveTeam& c) const { return {"remove", "team", c.name}; }
  About operator()(const DefinePerson& c) const { return {"define", "person", c.name}; }
  About operator()(const RemovePerson& c) const { return {"remove", "person", c.name}; }
  About operator()(const DraftProduct& c) const { return {"draft", "product", c.name}; }
  About operator()(const PublishProduct& c) const { return {"publish", "product", c.name}; }
  About operator()(const ChangeProduct& c) const { return {"change", "product", c.name}; }
  About operator()(const DeprecateProduct& c) const { return {"deprecate", "product", c.name}; }
  About operator()(const RetireProduct& c) const { return {"retire", "product", c.name}; }
  About operator()(const RemoveProduct& c) const { return {"remove", "product", c.name}; }
  About operator()(const RegisterConsumer& c) const { return {"register", "consumer", c.product + "/" + (c.name.empty() ? c.team : c.name)}; }
  About operator()(const UnregisterConsumer& c) const { return {"unregister", "consumer", c.product + "/" + c.name}; }
};

}  // namespace

std::string describe(const Command& command) {
  const About about = std::visit(AboutOf{}, command);
  return std::string(about.action) + " " + std::string(about.kind) + " " + about.name;
}
Subject subject_of(const Command& command) {
  const About about = std::visit(AboutOf{}, command);
  return {std::string(about.kind), about.name};
}
std::string action_of(const Command& command) {
  const About about = std::visit(AboutOf{}, command);
  return std::string(about.kind) + "." + std::string(about.action);
}

}  // namespace braid::mesh
