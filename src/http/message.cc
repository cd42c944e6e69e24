#include <algorithm>
#include <charconv>

#include "base/json.h"
#include "http/client.h"
#include "http/server.h"
#include "http/target.h"

namespace braid::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

const std::string no_param;

}  // namespace

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const auto& [field, value] : fields_)
    if (same_name(field, name)) return value;
  return std::nullopt;
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& field) { return same_name(field.first, name); });
}

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  fields_.emplace_back(std::string(name), std::move(value));
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        return fail(ErrorCode::invalid_input, "the URL has '" + std::string(text.substr(i, 3)) + "', which is no percent-encoded byte",
                    "write a percent sign itself as %25");
      out += char(high * 16 + low);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

Result<void> split_target(Request& request) {
  std::string_view target = request.target;
  if (target.starts_with("http://") || target.starts_with("https://")) {   // absolute form, as to a proxy
    const auto slash = target.find('/', target.find("//") + 2);
    target = slash == std::string_view::npos ? "/" : target.substr(slash);
  }
  if (target != "*" && !target.starts_with('/'))
    return fail(ErrorCode::invalid_input, "the request target '" + std::string(target.substr(0, 80)) + "' does not begin with '/'");
  const auto fragment = target.find('#');
  if (fragment != std::string_view::npos) target = target.substr(0, fragment);
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  request.segments.clear();
  request.query.clear();
  std::string_view path = request.path;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty() || !request.segments.empty()) {
    const auto slash = path.find('/');
    TRY(auto segment, percent_decode(path.substr(0, slash), false));
    request.segments.push_back(std::move(segment));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  if (mark == std::string_view::npos) return {};
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto pair = rest.substr(0, end);
    if (!pair.empty()) {
      const auto equals = pair.find('=');
      TRY(auto name, percent_decode(pair.substr(0, equals), true));
      TRY(auto value, percent_decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true));
      request.query.emplace_back(std::move(name), std::move(value));
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return {};
}

const std::string& Request::param(std::string_view name) const {
  const auto found = params.find(name);
  BRAID_ASSERT(found != params.end());   // the handler and its pattern are both ours
  return found == params.end() ? no_param : found->second;
}

std::optional<std::string_view> Request::query_first(std::string_view name) const {
  for (const auto& [key, value] : query)
    if (key == name) return value;
  return std::nullopt;
}

std::vector<std::string> Request::query_all(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : query)
    if (key == name) out.push_back(value);
  return out;
}

Result<bool> Request::query_flag(std::string_view name, bool otherwise) const {
  const auto text = query_first(name);
  if (!text) return otherwise;
  if (text->empty() || same_name(*text, "true")) return true;
  if (same_name(*text, "false")) return false;
  return fail(ErrorCode::invalid_input, "the parameter " + std::string(name) + " must be true or false, got '" + std::string(*text) + "'");
}

Result<std::int64_t> Request::query_int(std::string_view name, std::int64_t otherwise) const {
  const auto text = query_first(name);
  if (!text) return otherwise;
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (ec != std::errc{} || end != text->data() + text->size())
    return fail(ErrorCode::invalid_input, "the parameter " + std::string(name) + " must be a whole number, got '" + std::string(*text) + "'");
  return value;
}

Result<Request> Request::make(std::string method, std::string target, Bytes body, Headers headers) {
  Request request;
  request.method = std::move(method);
  request.target = std::move(target);
  request.body = std::move(body);
  request.headers = std::move(headers);
  TRY_VOID(split_target(request));
  return request;
}

Response Response::json(int status, std::string text, std::string content_type) { return Response::text(status, std::move(text), std::move(content_type)); }

Response Response::text(int status, std::string text, std::string content_type) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", std::move(content_type));
  response.body = std::move(text);
  return response;
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input: return 400;
    case ErrorCode::not_found: return 404;
    case ErrorCode::already_exists: return 409;
    case ErrorCode::conflict: return 409;
    case ErrorCode::incompatible: return 409;
    case ErrorCode::unauthenticated: return 401;
    case ErrorCode::forbidden: return 403;
    case ErrorCode::unsupported: return 501;
    case ErrorCode::overloaded: return 429;
    case ErrorCode::timeout: return 504;
    case ErrorCode::stopping: return 503;
    case ErrorCode::unavailable: return 503;
    case ErrorCode::io: return 507;   // the disk said no: what was sent could not be kept (a full disk, most likely; the message names it)
    case ErrorCode::corrupt: return 500;
    case ErrorCode::bug: return 500;
  }
  return 500;
}

Response error_response(const Error& error) { return error_response(status_of(error.code), error); }

Response error_response(int status, const Error& error) {
  json::object o;
  o["error_code"] = status;
  o["code"] = name_of(error.code);
  o["message"] = error.message;
  if (!error.hint.empty()) o["hint"] = error.hint;
  if (error.where) o["where"] = json::object{{"begin", error.where->begin}, {"end", error.where->end}};
  return Response::json(status, json::print(o));
}

io::Task<Result<void>> MemoryWriter::write(Bytes bytes) {
  if (closed_) co_return fail(ErrorCode::unavailable, "the client has gone away");
  written += bytes;
  co_return Result<void>{};
}

void MemoryWriter::close() {
  closed_ = true;
  if (auto call = std::exchange(on_close_, nullptr)) call();
}

}  // namespace braid::http
