// TCP. A Stream belongs to one shard and is used from it alone; one read and one write may be under way at the same time.
// close() may be called at any time from its shard: what is under way ends with ErrorCode::stopping. Sizes in bytes.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/error.h"
#include "io/shard.h"

namespace braid::io {

struct Endpoint {
  std::string host;         // a name or an address; 0.0.0.0 and :: listen everywhere
  std::uint16_t port = 0;   // 0 lets the system choose one
  std::string text() const;            // host:port, [host]:port for IPv6
  bool loopback() const;               // only reachable from this machine
};
Result<Endpoint> parse_endpoint(std::string_view text, std::uint16_t default_port);

class Stream {
 public:
  virtual ~Stream() = default;
  // At least 1 byte; 0 when the peer has closed its side. Error{timeout} at the deadline, and the stream can still be used.
  virtual Task<Result<std::size_t>> read_some(std::span<char> into, Deadline deadline = never) = 0;
  virtual Task<Result<void>> write(std::span<const BytesView> pieces, Deadline deadline = never) = 0;  // all of them
  // The peer reads the end of what we say; what it still sends can be read. Nothing may be written any more.
  virtual void end_sending() = 0;
  virtual void close() = 0;
  virtual Endpoint peer() const = 0;
  virtual Endpoint local() const = 0;

  Task<Result<void>> write(BytesView bytes, Deadline deadline = never);
  Task<Result<void>> read_exactly(std::span<char> into, Deadline deadline = never);  // Error{io} when the peer closes before
};

class Listener {
 public:
  // Must be made, used and destroyed on one shard. A taken port is an error that names the port and what to do.
  static Result<std::unique_ptr<Listener>> bind(const Endpoint& at);
  virtual ~Listener() = default;
  virtual Task<Result<std::unique_ptr<Stream>>> accept(Shard& owner) = 0;  // the new stream belongs to `owner`: hand it over with owner.post/spawn
  virtual Endpoint local() const = 0;
  virtual void close() = 0;   // a pending accept ends with ErrorCode::stopping
};

Task<Result<std::unique_ptr<Stream>>> connect(Endpoint to, Deadline deadline);  // the stream belongs to the current shard

}  // namespace braid::io
