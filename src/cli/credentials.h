// Who somebody is to a node that asks, without a password ever standing in the list of processes: from a file, the environment, ~/.netrc, or asked for
// at the terminal. Called on the main thread.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "cli/session.h"

namespace braid::cli {

struct LoginSources {
  std::string user, password_file;   // of the command line
  std::string url;                   // of the node
};
// Empty: nothing says who they are, and the node may not ask.
Result<std::optional<Login>> find_login(const LoginSources& sources);

// The entry for a host in a text of the form of ~/.netrc; `user` not empty: only one with that login. `default` counts for every host.
std::optional<Login> netrc_entry(std::string_view text, std::string_view host, std::string_view user);

// A new password: from a file's first line, asked for twice at the terminal, or the first line of what is piped in.
Result<std::string> new_password(const std::string& file);
std::string generated_password();    // 24 characters of letters and digits, from the operating system's randomness

}  // namespace braid::cli
