// HTTP/1.1 message parser (RFC 9112), fed with whatever bytes have arrived. Boost.Beast does the work inside the .cc; no I/O here.
// One parser reads one message. Not thread-safe. The head is complete before any body is consumed, so the caller can decide what to do with it.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "http/server.h"

namespace braid::http {

struct MessageHead {
  std::string method;          // of a request
  std::string target;
  int status = 0;              // of a response
  int version = 11;
  Headers headers;
  bool keep_alive = true;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
};

class Http1Parser {
 public:
  enum class Kind { request, response };
  Http1Parser(Kind kind, std::size_t body_bytes_max);
  ~Http1Parser();
  Http1Parser(Http1Parser&&) noexcept;

  // Takes bytes from the front and says how many. 0 and not yet done: it needs them again with more behind them.
  // Stops after the head, so that done() or head_done() can be looked at. A refusal has its HTTP status in failure_status().
  Result<std::size_t> put(BytesView bytes);
  Result<void> put_end();            // the peer closed its side: ends a response without a length, an error otherwise
  bool head_done() const;
  bool done() const;
  const MessageHead& head() const;
  Bytes take_body();                 // what has arrived since the last call
  int failure_status() const;        // 400, 413, 431, 505
  void no_body();                    // a response to HEAD

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid::http
