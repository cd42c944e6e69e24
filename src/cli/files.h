// Files that the command line is given. "-" is the standard input.
#pragma once
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace braid::cli {

Result<Bytes> read_whole_file(const std::string& path);
bool is_file(const std::string& path);   // there is one, and it is no folder

}  // namespace braid::cli
