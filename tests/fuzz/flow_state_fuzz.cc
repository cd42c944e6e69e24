// link: braid_flow
// Any bytes as a stored row, a stored key and a change of a store: read or refused, never undefined behaviour; what reads is written back the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "flow/codec.h"
#include "flow/store.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace braid;
  using namespace braid::flow;
  const BytesView input(reinterpret_cast<const char*>(data), size);
  Reader in(input);
  if (const auto row = take_row(in)) {
    Bytes written;
    append_row(written, *row);
    Reader again(written);
    const auto back = take_row(again);
    if (!back || *back != *row) std::abort();
  }
  const std::vector<data::Field> fields = {{"A", data::Kind::string}, {"B", data::Kind::integer}, {"C", data::Type::array(data::Kind::bigint)}};
  (void)take_key(input, fields);
  StoreSet stores;
  (void)stores.table("t").restore(input.substr(0, size / 2), input.substr(size / 2));
  (void)stores.windowed("w").restore(input.substr(0, size / 2), input.substr(size / 2));
  return 0;
}
