// link: braid_http
// Any bytes into the HTTP/1.1 parser, in two pieces: a request, an error or a wait for more, never undefined behaviour, and always an end.
#include <cstdint>

#include "http/http1_parser.h"
#include "http/target.h"

using namespace braid;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const BytesView all(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto kind = data[0] & 1 ? http::Http1Parser::Kind::request : http::Http1Parser::Kind::response;
  const std::size_t cut = all.empty() ? 0 : (data[0] >> 1) % all.size();
  http::Http1Parser parser(kind, 1 << 20);
  std::size_t begin = 0;
  for (const std::size_t end : {cut, all.size()}) {
    for (;;) {
      const auto used = parser.put(all.substr(begin, end - begin));
      if (!used) return 0;
      begin += *used;
      parser.take_body();
      if (*used == 0 || parser.done()) break;
    }
  }
  if (parser.head_done()) {
    http::Request request;
    request.target = parser.head().target;
    (void)http::split_target(request);
  }
  (void)parser.put_end();
  return 0;
}
