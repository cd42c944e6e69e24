// One run of the command line: where the node is, whom we act as, how to print, and the calls to the node's HTTP API.
// Lives on the main thread. The connection is made at the first call and kept. An answer of 400 or more becomes an Error whose code is the
// node's ("code" in the body) or follows from the status.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "http/client.h"

namespace braid::cli {

struct Answer {
  int status = 0;
  http::Headers headers;
  Bytes body;
};

struct Login {
  std::string user, password;
};

class Session {
 public:
  Session(std::string url, std::string as, bool json);
  ~Session();

  void trust(io::TlsTrust whom) { trust_ = std::move(whom); }   // for https; before the first call

  bool json() const { return json_; }
  const std::string& url() const { return url_; }
  const std::string& as() const { return as_; }
  void act_as(std::string person) { as_ = std::move(person); }
  void log_in(const Login& login);                     // with every call from now on

  // Calls and parses the JSON answer. Null for an empty body.
  Result<json::value> get(std::string target);
  Result<json::value> send(std::string method, std::string target, const json::value& body);
  Result<json::value> send_text(std::string method, std::string target, Bytes body, std::string content_type);
  // The answer as it came, whatever its status. For the few places that look at both.
  Result<Answer> exchange(std::string method, std::string target, Bytes body = {}, http::Headers headers = {});
  // A large body, piece by piece; `next` gives an empty optional at its end.
  Result<Answer> upload(std::string method, std::string target, std::uint64_t bytes, std::function<Result<std::optional<Bytes>>()> next);
  // Gives each line of a streamed answer to `line` as it arrives (without its end). Ends when `line` says false, at the end of the answer, or
  // when Ctrl-C is pressed (then interrupted() is true). An error status becomes an Error. `idle` is called while nothing arrives.
  Result<void> stream_lines(std::string method, std::string target, Bytes body, http::Headers headers, std::function<bool(std::string_view)> line,
                            std::function<void()> idle = nullptr);
  bool interrupted() const;
  void go_on_after_interrupt();                        // the shell: what Ctrl-C ended was one query

  void print(const json::value& v) const;              // --json: one pretty document
  void say(std::string_view text) const;               // a line for people; nothing under --json

 private:
  struct Impl;
  void identify(http::Headers& headers) const;         // who asks, with what
  std::string url_, as_, authorization_;
  bool json_;
  io::TlsTrust trust_;
  std::unique_ptr<Impl> impl_;
};

// The Error that an answer of 400 or more stands for.
Error error_of(const Answer& answer);
std::string encode(std::string_view segment);   // for a path segment or a query value

// While one lives, Ctrl-C sets a flag instead of ending the program.
class CatchInterrupt {
 public:
  CatchInterrupt();
  ~CatchInterrupt();
  static bool pressed();
  static void reset();
};

}  // namespace braid::cli
