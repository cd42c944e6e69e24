#include "node/registry_upstream.h"

#include <algorithm>

#include "base/base64.h"
#include "base/json.h"

namespace braid::node {
namespace {

constexpr std::size_t idle_clients_max = 8;        // connections kept open between calls

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto two = text[i] == '%' && i + 2 < text.size() ? parse_hex(text.substr(i + 1, 2)) : std::nullopt;
    if (two) {
      out += *two;
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

// Connections to one registry: a call takes one that is free or makes one.
class Connections {
 public:
  explicit Connections(RegistryPlace place) : place_(std::move(place)) {}
  const RegistryPlace& place() const { return place_; }

  io::Task<Result<http::ClientResponse>> call(http::ClientRequest request) {
    if (!place_.authorization.empty()) request.headers.set("Authorization", place_.authorization);
    std::unique_ptr<http::Client> client;
    if (!idle_.empty()) {
      client = std::move(idle_.back());
      idle_.pop_back();
    } else {
      client = std::make_unique<http::Client>(place_.url, place_.trusted);
    }
    const std::string asked = request.method + " " + request.target;
    Bytes body;
    bool too_large = false;
    http::Client::OnHead head = [](const http::ClientResponse&) { return true; };
    http::Client::OnPiece piece = [&body, &too_large, most = place_.answer_bytes_max](BytesView more) {
      too_large = body.size() + more.size() > most;
      if (!too_large) body += more;
      return !too_large;
    };
    auto calling = client->stream(std::move(request), std::move(head), std::move(piece), io::after(place_.patience));
    auto answer = co_await std::move(calling);
    if (!answer) co_return std::unexpected(explained(asked, std::move(answer).error()));
    if (too_large)
      co_return fail(ErrorCode::overloaded, "its answer to " + asked + " is larger than " + std::to_string(place_.answer_bytes_max) + " bytes, and was not read to its end", "is schema_registry_url the address of a schema registry?");
    if (sends_elsewhere(answer->status)) {
      const auto where = answer->headers.get("Location");
      co_return fail(ErrorCode::unavailable, "it answers " + asked + " with " + std::to_string(answer->status) + (where ? " and sends on to " + std::string(where->substr(0, 500)) : std::string()),
                     "name the address that answers itself in schema_registry_url");
    }
    answer->body = std::move(body);
    if (idle_.size() < idle_clients_max) idle_.push_back(std::move(client));
    co_return answer;
  }

 private:
  static bool sends_elsewhere(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }
  Error explained(const std::string& asked, Error error) const {
    if (error.code == ErrorCode::timeout)
      return {ErrorCode::timeout, asked + " was not answered within " + std::to_string(place_.patience.count()) + " ms", "see whether that registry is overloaded or hangs; schema_registry_url says which one it is"};
    error.message = asked + ": " + error.message;
    if (error.hint.empty()) error.hint = "see whether a schema registry runs there; schema_registry_url says which one it is";
    return error;
  }

  RegistryPlace place_;
  std::vector<std::unique_ptr<http::Client>> idle_;
};

class HttpUpstream final : public registry::Upstream {
 public:
  explicit HttpUpstream(RegistryPlace place) : connections_(std::move(place)) {}
  std::string name() const override { return connections_.place().name(); }
  io::Task<Result<registry::UpstreamAnswer>> call(std::string method, std::string target, std::string body) override {
    http::ClientRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.headers.add("Accept", "application/vnd.schemaregistry.v1+json, application/json");
    request.headers.add("Confluent-Accept-Unknown-Properties", "true");   // without it a hosted registry hides its newer fields
    if (!body.empty()) request.headers.add("Content-Type", "application/vnd.schemaregistry.v1+json");
    request.body = std::move(body);
    auto calling = connections_.call(std::move(request));
    auto answer = co_await std::move(calling);
    if (!answer) co_return std::unexpected(std::move(answer).error());
    registry::UpstreamAnswer out{answer->status, std::move(answer->body)};
    co_return out;
  }

 private:
  Connections connections_;
};

http::Response away(const RegistryPlace& place, const Error& error) {
  json::object body{{"error_code", 50003}, {"message", "The registry that this node uses, " + place.name() + ", does not answer: " + error.message + (error.hint.empty() ? "" : " (" + error.hint + ")")}};
  return http::Response::json(503, json::print(body), "application/vnd.schemaregistry.v1+json");
}

// Which subject a change is about; empty: more than one, or not known.
std::string subject_of(const http::Request& request) {
  const auto& s = request.segments;
  return s.size() >= 2 && s[0] == "subjects" ? s[1] : std::string();
}

class Forwarding {
 public:
  Forwarding(RegistryPlace place, registry::Registry& registry, const http::Router& own) : connections_(std::move(place)), registry_(registry), own_(own) {}

  static io::Task<http::Response> pass_on(std::shared_ptr<Forwarding> self, http::Request request) {
    if (request.query_first("explain")) {          // ours alone, by what is there now
      const auto at = std::find(request.segments.begin(), request.segments.end(), "subjects");
      if (at != request.segments.end() && at + 1 != request.segments.end()) {
        auto refreshing = self->registry_.refresh(*(at + 1));
        if (const auto refreshed = co_await std::move(refreshing); !refreshed) co_return away(self->connections_.place(), refreshed.error());
      }
      auto answering = self->own_.handle(std::move(request));
      co_return co_await std::move(answering);
    }
    const bool never_changes = request.method == "GET" && request.segments.size() > 2 && request.segments[0] == "schemas" && (request.segments[1] == "ids" || request.segments[1] == "guids");
    if (never_changes && std::chrono::steady_clock::now() < self->away_until_) {   // nobody waits once more for what is known
      auto asking = from_memory(self, copy_of(request));
      auto known = co_await std::move(asking);
      if (known) co_return *std::move(known);
    }
    http::ClientRequest out;
    out.method = request.method;
    out.target = request.target;
    for (const auto& [name, value] : request.headers)
      if (passes(name)) out.headers.add(name, value);
    out.body = request.body;
    auto calling = self->connections_.call(std::move(out));
    auto answer = co_await std::move(calling);
    if (!answer || answer->status >= 500) {
      self->away_until_ = io::after(self->connections_.place().away);
      if (never_changes) {
        auto asking = from_memory(self, std::move(request));
        auto known = co_await std::move(asking);
        if (known) co_return *std::move(known);
      }
      if (!answer) co_return away(self->connections_.place(), answer.error());
    } else {
      self->away_until_ = {};
    }
    const bool looks_only = request.method == "GET" || (request.method == "POST" && (request.segments[0] == "compatibility" || request.segments.size() == 2));   // a lookup
    if (!looks_only && answer->status < 300) {
      auto refreshing = self->registry_.refresh(subject_of(request));
      (void)co_await std::move(refreshing);        // so that whoever changed it here sees it here
    }
    http::Response response;
    response.status = answer->status;
    if (const auto type = answer->headers.get("Content-Type")) response.headers.set("Content-Type", std::string(*type));
    response.body = std::move(answer->body);
    co_return response;
  }

 private:
  static http::Request copy_of(const http::Request& request) {
    http::Request out;
    out.method = request.method;
    out.target = request.target;
    out.path = request.path;
    out.segments = request.segments;
    out.query = request.query;
    out.headers = request.headers;
    out.principal = request.principal;
    return out;
  }

  // What the mirror knows; empty when it does not.
  static io::Task<std::optional<http::Response>> from_memory(std::shared_ptr<Forwarding> self, http::Request request) {
    auto answering = self->own_.handle(std::move(request));
    auto known = co_await std::move(answering);
    std::optional<http::Response> out;
    if (known.status == 200) {
      known.headers.set("Warning", "111 - \"the registry does not answer; this is what was read from it before\"");
      out = std::move(known);
    }
    co_return out;
  }

  static bool passes(std::string_view name) {
    for (const char* own : {"host", "connection", "content-length", "transfer-encoding", "authorization", "braid-as", "braid-login", "upgrade", "expect", "te", "keep-alive", "accept-encoding"})
      if (name.size() == std::string_view(own).size() && std::equal(name.begin(), name.end(), own, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? char(a + 32) : a) == b; })) return false;
    return true;
  }

  Connections connections_;
  io::Deadline away_until_{};
  registry::Registry& registry_;
  const http::Router& own_;
};

}  // namespace

std::string without_secret(std::string_view url) {
  const auto at = url.rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  const auto scheme = url.find("://");
  const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto colon = url.find(':', begin);
  if (colon == std::string_view::npos || colon > at) return std::string(url);
  return std::string(url.substr(0, colon + 1)) + "***" + std::string(url.substr(at));
}

Result<RegistryPlace> registry_place(std::string_view text) {
  RegistryPlace out;
  std::string plain(text);
  const auto scheme = text.find("://");
  const auto begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const auto end = std::min(text.find('/', begin), text.size());
  if (const auto at = text.substr(0, end).rfind('@'); at != std::string_view::npos && at >= begin) {
    const auto who = text.substr(begin, at - begin);
    const auto colon = who.find(':');
    if (colon == std::string_view::npos) return fail(ErrorCode::invalid_input, "'" + std::string(who) + "' in front of '@' is no user:password");
    out.authorization = "Basic " + base64(percent_decoded(who.substr(0, colon)) + ":" + percent_decoded(who.substr(colon + 1)));
    plain = std::string(text.substr(0, begin)) + std::string(text.substr(at + 1));
  }
  TRY(out.url, http::parse_url(plain));
  return out;
}

std::unique_ptr<registry::Upstream> registry_upstream(RegistryPlace place) { return std::make_unique<HttpUpstream>(std::move(place)); }

void add_forwarding(http::Router& router, RegistryPlace place, registry::Registry& registry, const http::Router& own, bool everything) {
  const auto self = std::make_shared<Forwarding>(std::move(place), registry, own);   // shared by the routes
  const auto handler = [self](http::Request r) { return Forwarding::pass_on(self, std::move(r)); };
  std::vector<std::string> patterns;
  for (const std::string root : {"/subjects", "/schemas", "/compatibility", "/config", "/mode", "/contexts", "/v1/metadata"}) {
    patterns.push_back(root);
    patterns.push_back(root + "/{rest*}");
  }
  if (everything) patterns.insert(patterns.end(), {"/", "/{rest*}"});
  for (const auto& pattern : patterns)
    for (const char* method : {"GET", "POST", "PUT", "DELETE", "PATCH"}) router.add(method, pattern, handler);
}

}  // namespace braid::node
