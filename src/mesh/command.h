// What can be asked of the mesh. Plain values; the same commands come from HTTP, the command line (over HTTP), the demo and tests.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "mesh/model.h"

namespace braid::mesh {

// Who asks. An empty person is nobody: reading is allowed, changing is not.
struct Caller {
  std::string person;
  std::string client{};                        // where from, for the audit: "127.0.0.1, braid/0.1.0"
};

// Says that the caller has seen who is affected. `confirm` is the token of the Impact that was shown: it holds for exactly that list, so a
// consumer who registers in between is shown before anything happens. `force` goes on whoever is affected.
struct Acknowledgement {
  std::string confirm{};
  bool force = false;
};

struct DefineDomain {                          // makes it, or changes title and description
  std::string name;
  std::optional<std::string> title{}, description{};
  std::optional<std::int64_t> expected_revision{};
};
struct RemoveDomain {                          // only without teams and products
  std::string name;
  std::optional<std::int64_t> expected_revision{};
};
struct DefineTeam {
  std::string name;
  std::optional<std::string> domain{}, description{};
  std::optional<std::int64_t> expected_revision{};
};
struct RemoveTeam {                            // only while it owns no product
  std::string name;
  std::optional<std::int64_t> expected_revision{};
};
struct DefinePerson {
  std::string name;
  std::optional<std::string> full_name{}, email{};
  std::optional<std::vector<std::string>> teams{};
  std::optional<bool> platform{}, service{};
  std::optional<std::int64_t> expected_revision{};
};
struct RemovePerson {
  std::string name;
  std::optional<std::int64_t> expected_revision{};
};

// What a draft, a publication or a change says about a product; what is absent stays as it is.
struct ProductFields {
  std::optional<std::string> domain{}, owner{}, description{}, documentation{}, quality{}, sla{}, version{};
  std::optional<std::vector<std::string>> tags{};
  std::optional<std::vector<Port>> ports{};
  std::optional<json::object> promises{};      // laid over those there are, as RFC 7396 says: what is null goes back to the tier's, what is absent stays
};
struct DraftProduct {                          // makes or changes a draft; nothing is required yet but who owns it
  std::string name;
  ProductFields fields{};
  std::optional<std::int64_t> expected_revision{};
};
struct PublishProduct {                        // a new product, or a draft (with these changes)
  std::string name;
  ProductFields fields{};
  std::optional<std::int64_t> expected_revision{};
};
struct ChangeProduct {
  std::string name;
  ProductFields fields{};
  std::optional<std::int64_t> expected_revision{};
  Acknowledgement seen{};
};
struct DeprecateProduct {
  std::string name;
  std::optional<std::int64_t> sunset_ms{};     // absent: 90 days from now
  std::string notice{}, replaced_by{};
  std::optional<std::int64_t> expected_revision{};
  Acknowledgement seen{};
};
struct RetireProduct {                         // stays visible, may not be read as a product any more; from deprecated only
  std::string name;
  std::optional<std::int64_t> expected_revision{};
  Acknowledgement seen{};
};
struct RemoveProduct {                         // out of the mesh; topic and records stay, and so does its history
  std::string name;
  std::optional<std::int64_t> expected_revision{};
  Acknowledgement seen{};
};
struct RegisterConsumer {
  std::string product, team, purpose;
  std::string name{};                          // of the application; empty: the team's name
};
struct UnregisterConsumer {
  std::string product, name;
};

using Command = std::variant<DefineDomain, RemoveDomain, DefineTeam, RemoveTeam, DefinePerson, RemovePerson, DraftProduct, PublishProduct, ChangeProduct,
                             DeprecateProduct, RetireProduct, RemoveProduct, RegisterConsumer, UnregisterConsumer>;

// "publish product stocktrades": what the command asks, for errors and the audit of refusals.
std::string describe(const Command& command);
struct Subject {
  std::string kind, name;                      // "product", "stocktrades"
};
Subject subject_of(const Command& command);
std::string action_of(const Command& command); // "product.publish"

}  // namespace braid::mesh
