// The only file that includes Boost.Beast: it costs seconds to compile.
#include "http/http1_parser.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/limits/http.h"

namespace braid::http {
namespace {

namespace beast = boost::beast;
using beast::http::error;
using boost::system::error_code;

struct Collected {
  MessageHead head;
  Bytes body;
};

template <bool is_request> class Parser final : public beast::http::basic_parser<is_request> {
  using Base = beast::http::basic_parser<is_request>;

 public:
  explicit Parser(Collected& out) : out_(out) {}

 private:
  using view = beast::string_view;
  void on_request_impl(beast::http::verb, view method, view target, int version, error_code& ec) override {
    ec = {};
    out_.head.method.assign(method.data(), method.size());
    out_.head.target.assign(target.data(), target.size());
    out_.head.version = version;
  }
  void on_response_impl(int code, view, int version, error_code& ec) override {
    ec = {};
    out_.head.status = code;
    out_.head.version = version;
  }
  void on_field_impl(beast::http::field, view name, view value, error_code& ec) override {
    ec = {};
    out_.head.headers.add(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
  void on_header_impl(error_code& ec) override { ec = {}; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code& ec) override { ec = {}; }
  std::size_t on_body_impl(view body, error_code& ec) override {
    ec = {};
    out_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, view, error_code& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, view body, error_code& ec) override {
    ec = {};
    out_.body.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(error_code& ec) override { ec = {}; }

  Collected& out_;
};

int status_for(const error_code& ec) {
  if (ec == error::body_limit) return 413;
  if (ec == error::header_limit) return 431;
  if (ec == error::bad_version) return 505;
  return 400;
}

}  // namespace

struct Http1Parser::Impl {
  Kind kind;
  Collected collected;
  Parser<true> request{collected};
  Parser<false> response{collected};
  int failure_status = 400;

  template <class F> auto with(F f) { return kind == Kind::request ? f(request) : f(response); }
  template <class P> void keep_head(P& parser) {
    collected.head.keep_alive = parser.keep_alive();
    collected.head.chunked = parser.chunked();
    if (const auto length = parser.content_length()) collected.head.content_length = *length;
  }
  Error refused(const error_code& ec) {
    failure_status = status_for(ec);
    const std::string what = kind == Kind::request ? "request" : "response";
    if (ec == error::body_limit)
      return {ErrorCode::overloaded, "the body of this " + what + " is larger than the limit of " + std::to_string(limits::http_body_bytes_max) + " bytes"};
    if (ec == error::header_limit)
      return {ErrorCode::overloaded, "the head of this " + what + " is larger than the limit of " + std::to_string(limits::http_header_bytes_max) + " bytes"};
    return {kind == Kind::request ? ErrorCode::invalid_input : ErrorCode::io, "this is no HTTP " + what + ": " + ec.message()};
  }
};

Http1Parser::Http1Parser(Kind kind, std::size_t body_bytes_max) : impl_(new Impl{kind, {}}) {
  impl_->with([&](auto& parser) {
    parser.header_limit(std::uint32_t(limits::http_header_bytes_max));
    parser.body_limit(body_bytes_max);
    parser.eager(false);
  });
}
Http1Parser::~Http1Parser() = default;
Http1Parser::Http1Parser(Http1Parser&&) noexcept = default;

Result<std::size_t> Http1Parser::put(BytesView bytes) {
  return impl_->with([&](auto& parser) -> Result<std::size_t> {
    std::size_t used = 0;
    while (used < bytes.size() && !parser.is_done()) {
      const bool had_head = parser.is_header_done();
      error_code ec;
      used += parser.put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), ec);
      if (ec == error::need_more) return used;
      if (ec) return std::unexpected(impl_->refused(ec));
      if (!had_head && parser.is_header_done()) {
        impl_->keep_head(parser);
        return used;
      }
    }
    return used;
  });
}

Result<void> Http1Parser::put_end() {
  return impl_->with([&](auto& parser) -> Result<void> {
    error_code ec;
    if (!parser.got_some()) return fail(ErrorCode::io, "the connection closed before any answer");
    if (!parser.is_done()) parser.put_eof(ec);
    if (ec) return fail(ErrorCode::io, "the connection closed in the middle of the message");
    return {};
  });
}

bool Http1Parser::head_done() const { return impl_->with([](auto& parser) { return parser.is_header_done(); }); }
bool Http1Parser::done() const { return impl_->with([](auto& parser) { return parser.is_done(); }); }
const MessageHead& Http1Parser::head() const { return impl_->collected.head; }
Bytes Http1Parser::take_body() { return std::exchange(impl_->collected.body, {}); }
int Http1Parser::failure_status() const { return impl_->failure_status; }
void Http1Parser::no_body() { impl_->with([](auto& parser) { parser.skip(true); }); }

}  // namespace braid::http
