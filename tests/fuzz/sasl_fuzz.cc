// link: braid_broker
// Any bytes as messages of SCRAM and as records of users and ACLs: a value or an error, never undefined behaviour, and never a login.
#include <cstdint>
#include <cstdlib>

#include "broker/security/state.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid;
  using namespace braid::broker;
  const BytesView bytes(reinterpret_cast<const char*>(data), size);
  const auto half = bytes.find('\n');
  const auto one = bytes.substr(0, half), two = half == BytesView::npos ? BytesView() : bytes.substr(half + 1);
  auto first = parse_scram_first(one);
  ScramExchange exchange(Mechanism::scram_sha_256, "3rfcNHYJY1ZVvWVs7j");
  static const Credential decoy = decoy_credential(Mechanism::scram_sha_256, "fuzz", "user", 4096);
  if (first) (void)exchange.begin(*first, decoy);
  if (exchange.finish(two)) std::abort();   // nobody knows that password
  SecurityState state;
  SecurityRecord record{std::string(one), std::string(two)};
  if (state.apply(record)) {
    SecurityRecord gone{record.key, std::nullopt};
    if (!state.apply(gone) || !state.users.empty() || !state.acls.all().empty()) std::abort();
  }
  return 0;
}
