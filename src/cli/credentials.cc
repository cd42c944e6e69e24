#include "cli/credentials.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/clock.h"
#include "base/limits/security.h"

namespace braid::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

Result<std::string> first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!in) return fail(ErrorCode::io, "the file " + path + " cannot be read: " + std::strerror(errno));
  std::getline(in, line);
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return fail(ErrorCode::invalid_input, "the first line of " + path + " is empty; it is to be a password");
  return line;
}

// Asks at the terminal without showing what is typed.
Result<std::string> ask(const std::string& prompt) {
  std::fputs(prompt.c_str(), stderr);
  std::fflush(stderr);
  termios before{}, quiet{};
  const bool terminal = ::tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    quiet = before;
    quiet.c_lflag &= ~tcflag_t(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  std::string line;
  for (int c; (c = std::getchar()) != EOF && c != '\n';) line += char(c);
  if (terminal) {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    std::fputs("\n", stderr);
  }
  if (line.empty()) return fail(ErrorCode::invalid_input, "no password was given");
  return line;
}

std::string host_of(std::string_view url) {
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  if (url.starts_with('[')) return std::string(url.substr(1, url.find(']') - 1));
  return std::string(url.substr(0, url.find_first_of(":/")));
}

std::optional<Login> from_netrc(std::string_view host, std::string_view user) {
  std::string path = environment("BRAID_NETRC");
  if (path.empty() && !environment("HOME").empty()) path = environment("HOME") + "/.netrc";
  if (path.empty()) return std::nullopt;
  std::ifstream in(path);
  if (!in) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return netrc_entry(text, host, user);
}

}  // namespace

std::optional<Login> netrc_entry(std::string_view text, std::string_view host, std::string_view user) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    auto line = text.substr(at, end - at);
    at = end + 1;
    for (std::size_t i = 0; i < line.size();) {
      const auto begin = line.find_first_not_of(" \t\r", i);
      if (begin == std::string_view::npos || line[begin] == '#') break;
      i = std::min(line.find_first_of(" \t\r", begin), line.size());
      words.emplace_back(line.substr(begin, i - begin));
    }
  }
  std::optional<Login> now, by_default;
  bool wanted = false, is_default = false;
  const auto end_entry = [&]() -> bool {
    const bool usable = now && !now->user.empty() && (user.empty() || now->user == user);
    if (usable && wanted) return true;
    if (usable && is_default && !by_default) by_default = now;
    return false;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool more = i + 1 < words.size();
    if (words[i] == "machine" && more) {
      if (end_entry()) return now;
      wanted = words[++i] == host;
      is_default = false;
      now.emplace();
    } else if (words[i] == "default") {
      if (end_entry()) return now;
      wanted = false;
      is_default = true;
      now.emplace();
    } else if (words[i] == "login" && more && now) {
      now->user = words[++i];
    } else if (words[i] == "password" && more && now) {
      now->password = words[++i];
    }
  }
  return end_entry() ? now : by_default;
}

Result<std::optional<Login>> find_login(const LoginSources& sources) {
  Login login;
  login.user = sources.user.empty() ? environment("BRAID_USER") : sources.user;
  const std::string given = environment("BRAID_PASSWORD");
  if (!sources.password_file.empty()) {
    TRY(login.password, first_line(sources.password_file));
  } else if (sources.user.empty() || sources.user == environment("BRAID_USER") || environment("BRAID_USER").empty()) {
    login.password = given;   // the environment's password is the environment's user's
  }
  if (login.user.empty()) {
    if (!login.password.empty()) return fail(ErrorCode::invalid_input, "there is a password, but nobody whose it is", "give --user NAME, or set BRAID_USER");
    if (auto found = from_netrc(host_of(sources.url), ""); found && !found->password.empty()) return found;
    return std::nullopt;
  }
  if (login.password.empty())
    if (auto found = from_netrc(host_of(sources.url), login.user)) login.password = found->password;
  if (login.password.empty()) {
    if (!::isatty(STDIN_FILENO) || !::isatty(STDERR_FILENO))
      return fail(ErrorCode::unauthenticated, "there is no password for " + login.user, "set BRAID_PASSWORD, give --password-file FILE, or add a line to ~/.netrc: machine " + host_of(sources.url) + " login " + login.user + " password ...");
    TRY(login.password, ask("Password of " + login.user + ": "));
  }
  return login;
}

Result<std::string> new_password(const std::string& file) {
  if (!file.empty()) return first_line(file);
  if (!::isatty(STDIN_FILENO)) return ask("");
  TRY(auto once, ask("New password: "));
  TRY(const auto again, ask("Once more: "));
  if (once != again) return fail(ErrorCode::invalid_input, "the two passwords are not the same", "try again; nothing was changed");
  return once;
}

std::string generated_password() {
  constexpr std::string_view letters = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_+.=%@";   // 64, without those that look alike
  static_assert(letters.size() == 64);
  std::string out;
  while (out.size() < 24) {
    const auto uuid = random_uuid();
    for (std::size_t i = 0; i < uuid.size() && out.size() < 24; ++i)
      if (i != 6 && i != 8) out += letters[std::uint8_t(uuid[i]) % 64];   // those two hold a version's bits
  }
  return out;
}

}  // namespace braid::cli
