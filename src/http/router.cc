#include <exception>

#include "base/log.h"
#include "http/server.h"

namespace braid::http {
namespace {

struct Route {
  std::string pattern;
  std::vector<std::string> names;   // of the {parameters}, in order
  Handler handler;
  Body body;
};

std::vector<std::string_view> split_pattern(std::string_view pattern) {
  std::vector<std::string_view> out;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  while (!pattern.empty()) {
    const auto slash = pattern.find('/');
    out.push_back(pattern.substr(0, slash));
    if (slash == std::string_view::npos) break;
    pattern.remove_prefix(slash + 1);
  }
  return out;
}

std::string what_happened(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace

struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> any;                          // {name}
  std::map<std::string, Route, std::less<>> routes;   // by method, for a path that ends here
  std::map<std::string, Route, std::less<>> tails;    // by method, for {rest*}

  // The node for segments[at..]; a literal first, then {name}, then the deepest {rest*}.
  struct Match {
    const Node* node = nullptr;
    bool tail = false;
    std::size_t tail_at = 0;
    std::vector<std::string> values;
  };
  bool match(const std::vector<std::string>& segments, std::size_t at, std::vector<std::string>& values, Match& out) const {
    if (at == segments.size() && !routes.empty()) {
      out = {this, false, at, values};
      return true;
    }
    if (at < segments.size()) {
      if (const auto found = literals.find(segments[at]); found != literals.end() && found->second->match(segments, at + 1, values, out)) return true;
      if (any) {
        values.push_back(segments[at]);
        if (any->match(segments, at + 1, values, out)) return true;
        values.pop_back();
      }
    }
    if (!tails.empty()) {
      out = {this, true, at, values};
      return true;
    }
    return false;
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::add(std::string_view method, std::string_view pattern, Handler handler, Body body) {
  Node* node = root_.get();
  Route route{std::string(pattern), {}, std::move(handler), body};
  bool tail = false;
  for (const auto part : split_pattern(pattern)) {
    BRAID_ASSERT(!tail);   // {rest*} comes last
    if (part.starts_with('{') && part.ends_with("*}")) {
      route.names.emplace_back(part.substr(1, part.size() - 3));
      tail = true;
    } else if (part.starts_with('{') && part.ends_with('}')) {
      route.names.emplace_back(part.substr(1, part.size() - 2));
      if (!node->any) node->any = std::make_unique<Node>();
      node = node->any.get();
    } else {
      auto& next = node->literals[std::string(part)];
      if (!next) next = std::make_unique<Node>();
      node = next.get();
    }
  }
  const bool fresh = (tail ? node->tails : node->routes).emplace(std::string(method), std::move(route)).second;
  BRAID_ASSERT(fresh);     // two handlers for one call
}

void Router::use_on_head(Middleware middleware) { on_head_.push_back(std::move(middleware)); }
void Router::use(Middleware middleware) { middleware_.push_back(std::move(middleware)); }

void Router::error_form(std::string_view path_prefix, ErrorForm form) { error_forms_[std::string(path_prefix)] = std::move(form); }

void Router::otherwise(std::function<bool(const Request&)> takes, Handler handler) {
  otherwise_takes_ = std::move(takes);
  otherwise_ = std::move(handler);
}

std::vector<std::string> Router::first_segments() const {
  std::vector<std::string> out;
  for (const auto& [segment, node] : root_->literals) out.push_back(segment);
  return out;
}

Response Router::error(std::string_view path, int status, const Error& error) const {
  const ErrorForm* best = nullptr;
  std::size_t length = 0;
  for (const auto& [prefix, form] : error_forms_)
    if (path.starts_with(prefix) && prefix.size() >= length) {
      best = &form;
      length = prefix.size();
    }
  return best ? (*best)(status, error) : error_response(status, error);
}

Router::Found Router::find(const Request& request) const {
  Found found;
  Node::Match match;
  std::vector<std::string> values;
  if (!root_->match(request.segments, 0, values, match)) {
    found.pattern = "(none)";
    if (otherwise_ && !request.segments.empty() && !root_->literals.contains(request.segments[0]) && otherwise_takes_(request)) {
      found.pattern = "(otherwise)";
      found.handler = &otherwise_;
      return found;
    }
    found.refusal = error(request.path, 404, Error{ErrorCode::not_found, "nothing is served at " + request.path});
    return found;
  }
  const auto& routes = match.tail ? match.node->tails : match.node->routes;
  const auto route = routes.find(request.method);
  if (route == routes.end()) {
    std::string allow;
    for (const auto& [method, other] : routes) allow += (allow.empty() ? "" : ", ") + method + (method == "GET" ? ", HEAD" : "");
    found.pattern = routes.begin()->second.pattern;
    if (request.method == "OPTIONS") {
      found.refusal = Response::empty(204);
    } else {
      found.refusal = error(request.path, 405, Error{ErrorCode::invalid_input, request.method + " is not allowed on " + request.path, "it takes " + allow});
    }
    found.refusal->headers.set("Allow", allow + ", OPTIONS");
    return found;
  }
  if (match.tail) {
    std::string rest;
    for (std::size_t i = match.tail_at; i < request.segments.size(); ++i) rest += (rest.empty() ? "" : "/") + request.segments[i];
    match.values.push_back(std::move(rest));
  }
  const Route& chosen = route->second;
  BRAID_ASSERT(chosen.names.size() == match.values.size());
  for (std::size_t i = 0; i < chosen.names.size(); ++i) found.params.emplace(chosen.names[i], std::move(match.values[i]));
  found.handler = &chosen.handler;
  found.body = chosen.body;
  found.pattern = chosen.pattern;
  return found;
}

io::Task<Response> Router::handle(Request request) const {
  Found found = find(request);
  auto refused = co_await admit(request, found);
  if (refused) co_return std::move(*refused);
  co_return co_await handle(std::move(request), found);
}

Response Router::met_a_bug(std::string_view path, const Found& found, std::exception_ptr thrown) const {
  const std::string what = what_happened(std::move(thrown));
  log::error("http_handler_failed", {{"route", found.pattern}, {"what", what}});
  return error(path, 500, Error{ErrorCode::bug, "this request met a bug of ours: " + what, "please report it with the log line http_handler_failed"});
}

io::Task<std::optional<Response>> Router::admit(Request& request, const Found& found) const {
  std::exception_ptr thrown;
  try {
    for (const auto& middleware : on_head_) {
      auto refused = co_await middleware(request);
      if (refused) co_return refused;
    }
    co_return std::optional<Response>();
  } catch (...) {
    thrown = std::current_exception();
  }
  co_return std::optional<Response>(met_a_bug(request.path, found, std::move(thrown)));
}

io::Task<Response> Router::handle(Request request, const Found& found) const {
  request.params = found.params;
  const std::string path = request.path;
  std::exception_ptr thrown;
  try {
    for (const auto& middleware : middleware_) {
      auto refused = co_await middleware(request);
      if (refused) co_return std::move(*refused);
    }
    if (!found.handler) {   // behind the middleware: a stranger is not told what there is
      // A refusal is made once and used once, but Found is const here: rebuild its parts.
      Response refusal;
      refusal.status = found.refusal->status;
      refusal.headers = found.refusal->headers;
      refusal.body = found.refusal->body;
      co_return refusal;
    }
    co_return co_await (*found.handler)(std::move(request));
  } catch (...) {
    thrown = std::current_exception();
  }
  co_return met_a_bug(path, found, std::move(thrown));
}

}  // namespace braid::http
