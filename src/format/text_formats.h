// What a text looks like: addresses, dates and names, as the "format" of JSON Schema and the functions of rules (isEmail, isUri, ...) ask.
// Pure; every check is linear in the text and takes no regular expression.
#pragma once
#include <string_view>

namespace braid::format {

bool is_email(std::string_view text);          // local@domain, RFC 5321 without quoted local parts
bool is_hostname(std::string_view text);       // RFC 1123
bool is_ipv4(std::string_view text);
bool is_ipv6(std::string_view text);           // RFC 4291, with an IPv4 address at the end or not; no zone
bool is_uri(std::string_view text);            // RFC 3986, with a scheme
bool is_uri_reference(std::string_view text);  // or without
bool is_uuid(std::string_view text);           // RFC 4122
bool is_date(std::string_view text);           // 2026-11-27
bool is_time(std::string_view text);           // 08:30:00.5Z, 08:30:00+01:00
bool is_date_time(std::string_view text);      // RFC 3339

}  // namespace braid::format
