#include "format/json_schema/uri.h"

#include <cstdlib>

namespace braid::format::json_schema {
namespace {

struct Parts {
  std::string_view scheme, authority, path, query, fragment;
  bool has_authority = false, has_query = false, has_fragment = false;
};

Parts split(std::string_view uri) {
  Parts out;
  if (const auto hash = uri.find('#'); hash != std::string_view::npos) {
    out.has_fragment = true;
    out.fragment = uri.substr(hash + 1);
    uri = uri.substr(0, hash);
  }
  if (const auto colon = uri.find(':'); colon != std::string_view::npos && colon > 0 && uri.find_first_of("/?") > colon) {
    out.scheme = uri.substr(0, colon);
    uri.remove_prefix(colon + 1);
  }
  if (const auto mark = uri.find('?'); mark != std::string_view::npos) {
    out.has_query = true;
    out.query = uri.substr(mark + 1);
    uri = uri.substr(0, mark);
  }
  if (uri.starts_with("//")) {
    out.has_authority = true;
    const auto end = uri.find('/', 2);
    out.authority = uri.substr(2, end == std::string_view::npos ? end : end - 2);
    uri = end == std::string_view::npos ? std::string_view() : uri.substr(end);
  }
  out.path = uri;
  return out;
}

std::string without_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    if (path.starts_with("../")) path.remove_prefix(3);
    else if (path.starts_with("./") || path.starts_with("/./")) path.remove_prefix(2);
    else if (path == "/.") path = "/";
    else if (path.starts_with("/../") || path == "/..") {
      path = path == "/.." ? std::string_view("/") : path.substr(3);
      const auto slash = out.rfind('/');
      out.resize(slash == std::string::npos ? 0 : slash);
    } else if (path == "." || path == "..") path = {};
    else {
      const auto end = path.find('/', 1);
      out += path.substr(0, end);
      path = end == std::string_view::npos ? std::string_view() : path.substr(end);
    }
  }
  return out;
}

}  // namespace

std::string resolve_uri(std::string_view base, std::string_view reference) {
  const Parts r = split(reference), b = split(base);
  Parts t = r;
  std::string path;
  if (!r.scheme.empty()) {
    path = without_dots(r.path);
    if (!r.has_authority && !r.path.starts_with('/')) path = std::string(r.path);   // urn:..., not a path
  } else {
    t.scheme = b.scheme;
    if (r.has_authority) {
      path = without_dots(r.path);
    } else {
      t.authority = b.authority;
      t.has_authority = b.has_authority;
      if (r.path.empty()) {
        path = std::string(b.path);
        if (!r.has_query) t.query = b.query, t.has_query = b.has_query;
      } else if (r.path.starts_with('/')) {
        path = without_dots(r.path);
      } else {
        const auto slash = b.path.rfind('/');
        std::string merged = b.has_authority && b.path.empty() ? "/" : std::string(b.path.substr(0, slash == std::string_view::npos ? 0 : slash + 1));
        merged += r.path;
        path = without_dots(merged);
      }
    }
  }
  std::string out;
  if (!t.scheme.empty()) out += std::string(t.scheme) + ":";
  if (t.has_authority) out += "//" + std::string(t.authority);
  out += path;
  if (t.has_query) out += "?" + std::string(t.query);
  if (r.has_fragment) out += "#" + std::string(r.fragment);
  return out;
}

std::string_view before_fragment(std::string_view uri) { return uri.substr(0, uri.find('#')); }
std::string_view fragment_of(std::string_view uri) {
  const auto hash = uri.find('#');
  return hash == std::string_view::npos ? std::string_view() : uri.substr(hash + 1);
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const std::string hex(text.substr(i + 1, 2));
      char* stop = nullptr;
      const long code = std::strtol(hex.c_str(), &stop, 16);
      if (*stop == '\0') { out.push_back(char(code)); i += 2; continue; }
    }
    out.push_back(text[i]);
  }
  return out;
}

}  // namespace braid::format::json_schema
