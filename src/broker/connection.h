// One client connection: reads frames, has them served, writes the answers strictly in the order of the requests.
// Produce requests run side by side (they wait for the disk together); any other request starts when all before it are answered, and what
// follows waits for it, as in Apache Kafka. Lives on one shard.
#pragma once
#include <deque>
#include <memory>

#include "broker/core.h"
#include "broker/security/sasl.h"

namespace braid::broker {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Core& core, std::unique_ptr<io::Stream> stream);
  static io::Task<void> run(std::shared_ptr<Connection> self);   // to the end of the connection
  void close() { stream_->close(); }

 private:
  struct Slot {                       // a produce request whose answer has its place in the queue
    bool done = false;
    std::optional<wire::Gather> answer{};
  };
  struct Frame {
    std::shared_ptr<const Bytes> bytes;
  };

  io::Task<bool> shake_hands();
  io::Task<Result<std::shared_ptr<const Bytes>>> read_frame();   // null: the peer closed
  io::Task<Result<void>> serve_frame(std::shared_ptr<const Bytes> frame);
  io::Task<Result<void>> serve_token(std::shared_ptr<const Bytes> frame);   // SASL as SaslHandshake version 0 has it
  Result<void> may_ask(const wire::RequestHeader& header);                  // before and after the login
  static io::Task<void> produce(std::shared_ptr<Connection> self, std::shared_ptr<Slot> slot, std::shared_ptr<const Bytes> frame, Call call, Serve serve, std::size_t body_at);
  io::Task<void> write_ready();
  io::Task<Result<void>> write(wire::Gather answer);
  void failed(std::string_view what, const Error& error);

  Core& core_;
  std::unique_ptr<io::Stream> stream_;
  io::TlsStream* tls_ = nullptr;      // stream_, when it is one
  Bytes input_;                       // read and not yet taken
  std::size_t taken_ = 0;
  std::deque<std::shared_ptr<Slot>> slots_;
  Login login_;
  io::Deadline login_deadline_;
  bool writing_ = false;
  bool broken_ = false;
  io::Notifier changed_;              // a slot left the queue
};

}  // namespace braid::broker
