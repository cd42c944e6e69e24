#include "cli/session.h"

#include <csignal>
#include <cstdio>

#include <atomic>

#include "base/base64.h"
#include "io/shard.h"

namespace braid::cli {
namespace {

std::atomic<bool> interrupt_pressed{false};   // written by the signal handler: a lock-free atomic is all it may touch
extern "C" void note_interrupt(int) { interrupt_pressed = true; }

ErrorCode code_named(std::string_view name, int status) {
  for (int i = 0; i <= int(ErrorCode::bug); ++i)
    if (name_of(ErrorCode(i)) == name) return ErrorCode(i);
  switch (status) {
    case 400: case 415: case 422: return ErrorCode::invalid_input;
    case 401: return ErrorCode::unauthenticated;
    case 403: return ErrorCode::forbidden;
    case 404: case 405: return ErrorCode::not_found;
    case 409: return ErrorCode::conflict;
    case 413: case 429: return ErrorCode::overloaded;
    case 501: return ErrorCode::unsupported;
    case 503: return ErrorCode::unavailable;
    case 504: return ErrorCode::timeout;
    default: return status < 500 ? ErrorCode::invalid_input : ErrorCode::bug;
  }
}

std::string text_of(const json::object& o, std::string_view field) {
  const auto* v = o.if_contains(field);
  return v && v->is_string() ? std::string(v->as_string()) : std::string();
}

}  // namespace

struct Session::Impl {
  std::unique_ptr<io::Shards> shards = io::Shards::start(1);
  std::unique_ptr<http::Client> client;   // made and used on the shard
  bool interrupted = false;

  static io::Task<void> drop(std::unique_ptr<http::Client> client) {
    client.reset();
    co_return;
  }
  ~Impl() {
    if (client) io::block_on(shards->control(), drop(std::move(client)));
  }
  Result<http::Client*> connected(const std::string& url, const io::TlsTrust& trust) {
    if (!client) {
      TRY(auto to, http::parse_url(url));
      std::shared_ptr<io::TlsClient> tls;
      if (to.tls) {
        TRY(tls, io::TlsClient::open(trust));
      }
      client = std::make_unique<http::Client>(std::move(to), std::move(tls));
    }
    return client.get();
  }
};

Session::Session(std::string url, std::string as, bool json) : url_(std::move(url)), as_(std::move(as)), json_(json) {}
Session::~Session() = default;

void Session::log_in(const Login& login) { authorization_ = "Basic " + base64(login.user + ":" + login.password); }

void Session::identify(http::Headers& headers) const {
  headers.set("User-Agent", std::string("braid/") + BRAID_VERSION);
  if (!as_.empty()) headers.set("Braid-As", as_);
  if (!authorization_.empty()) headers.set("Authorization", authorization_);
}

Result<Answer> Session::exchange(std::string method, std::string target, Bytes body, http::Headers headers) {
  if (!impl_) impl_ = std::make_unique<Impl>();
  TRY(auto* client, impl_->connected(url_, trust_));
  http::ClientRequest request{std::move(method), std::move(target), std::move(headers), std::move(body)};
  identify(request.headers);
  TRY(auto response, io::block_on(impl_->shards->control(), client->call(std::move(request), io::after(io::Milliseconds(120'000)))));
  return Answer{response.status, std::move(response.headers), std::move(response.body)};
}

namespace {
Result<json::value> value_of(const Answer& answer) {
  if (answer.status >= 400) return std::unexpected(error_of(answer));
  if (answer.body.empty()) return json::value();
  return json::parse(answer.body);
}
}  // namespace

Result<json::value> Session::get(std::string target) {
  TRY(const auto answer, exchange("GET", std::move(target)));
  return value_of(answer);
}

Result<json::value> Session::send(std::string method, std::string target, const json::value& body) {
  return send_text(std::move(method), std::move(target), body.is_null() ? Bytes() : json::print(body), "application/json");
}

Result<json::value> Session::send_text(std::string method, std::string target, Bytes body, std::string content_type) {
  http::Headers headers;
  if (!body.empty()) headers.add("Content-Type", std::move(content_type));
  TRY(const auto answer, exchange(std::move(method), std::move(target), std::move(body), std::move(headers)));
  return value_of(answer);
}

Result<Answer> Session::upload(std::string method, std::string target, std::uint64_t bytes, std::function<Result<std::optional<Bytes>>()> next) {
  if (!impl_) impl_ = std::make_unique<Impl>();
  TRY(auto* client, impl_->connected(url_, trust_));
  http::ClientRequest request{std::move(method), std::move(target)};
  request.body_source = std::move(next);
  request.body_bytes = bytes;
  request.headers.set("Content-Type", "application/octet-stream");
  identify(request.headers);
  TRY(auto response, io::block_on(impl_->shards->control(), client->call(std::move(request))));
  return Answer{response.status, std::move(response.headers), std::move(response.body)};
}

Result<void> Session::stream_lines(std::string method, std::string target, Bytes body, http::Headers headers, std::function<bool(std::string_view)> line,
                                   std::function<void()> idle) {
  if (!impl_) impl_ = std::make_unique<Impl>();
  TRY(auto* client, impl_->connected(url_, trust_));
  http::ClientRequest request{std::move(method), std::move(target), std::move(headers), std::move(body)};
  identify(request.headers);
  Answer failed;
  std::string pending;
  bool going = true;
  http::Client::OnHead head = [&failed](const http::ClientResponse& r) {
    failed.status = r.status;
    failed.headers = r.headers;
    return true;
  };
  http::Client::OnPiece piece = [&](BytesView more) {
    if (failed.status >= 400) {
      failed.body += more;
      return true;
    }
    pending += more;
    std::size_t begin = 0;
    for (;;) {
      const auto end = pending.find('\n', begin);
      if (end == std::string::npos) break;
      auto text = std::string_view(pending).substr(begin, end - begin);
      if (text.ends_with('\r')) text.remove_suffix(1);
      begin = end + 1;
      going = line(text);
      if (!going) break;
    }
    pending.erase(0, begin);
    return going;
  };
  http::Client::GoOn go_on = [&idle] {
    if (idle) idle();
    return !CatchInterrupt::pressed();
  };
  const CatchInterrupt catcher;
  auto done = io::block_on(impl_->shards->control(), client->stream(std::move(request), std::move(head), std::move(piece), io::never, std::move(go_on)));
  impl_->interrupted = CatchInterrupt::pressed();
  if (impl_->interrupted) return {};
  if (!done) return std::unexpected(std::move(done).error());
  if (failed.status >= 400) return std::unexpected(error_of(failed));
  if (going && !pending.empty()) line(pending);
  return {};
}

void Session::go_on_after_interrupt() {
  if (impl_) impl_->interrupted = false;
}
bool Session::interrupted() const { return impl_ && impl_->interrupted; }

void Session::print(const json::value& v) const { std::fputs((json::pretty(v) + "\n").c_str(), stdout); }

void Session::say(std::string_view text) const {
  if (json_) return;
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
}

Error error_of(const Answer& answer) {
  Error error{ErrorCode::bug, "the node answered with status " + std::to_string(answer.status)};
  const auto parsed = json::parse(answer.body);
  if (!parsed || !parsed->is_object()) {
    error.code = code_named("", answer.status);
    if (!answer.body.empty()) error.message += ": " + answer.body.substr(0, 300);
    return error;
  }
  const auto& o = parsed->as_object();
  error.code = code_named(text_of(o, "code"), answer.status);
  if (const auto message = text_of(o, "message"); !message.empty()) error.message = message;
  error.hint = text_of(o, "hint");
  if (const auto* where = o.if_contains("where"); where && where->is_object()) {
    const auto* begin = where->as_object().if_contains("begin");
    const auto* end = where->as_object().if_contains("end");
    if (begin && end && begin->is_int64() && end->is_int64() && begin->as_int64() >= 0 && end->as_int64() >= begin->as_int64())
      error.where = SourceSpan{std::size_t(begin->as_int64()), std::size_t(end->as_int64())};
  }
  return error;
}

std::string encode(std::string_view segment) { return http::percent_encode(segment); }

namespace {
struct sigaction before_interrupt;
int catchers = 0;
}  // namespace

CatchInterrupt::CatchInterrupt() {
  if (catchers++ > 0) return;
  interrupt_pressed = false;
  struct sigaction act {};
  act.sa_handler = note_interrupt;
  sigemptyset(&act.sa_mask);
  sigaction(SIGINT, &act, &before_interrupt);
}
CatchInterrupt::~CatchInterrupt() {
  if (--catchers == 0) sigaction(SIGINT, &before_interrupt, nullptr);
}
bool CatchInterrupt::pressed() { return interrupt_pressed; }
void CatchInterrupt::reset() { interrupt_pressed = false; }

}  // namespace braid::cli
