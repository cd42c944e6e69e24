#include "cli/files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace braid::cli {

Result<Bytes> read_whole_file(const std::string& path) {
  std::FILE* in = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
  if (!in) return fail(ErrorCode::not_found, "cannot open " + path + ": " + std::strerror(errno));
  Bytes out;
  char chunk[65536];
  std::size_t n = 0;
  while ((n = std::fread(chunk, 1, sizeof chunk, in)) > 0) out.append(chunk, n);
  const bool failed = std::ferror(in) != 0;
  if (in != stdin) std::fclose(in);
  if (failed) return fail(ErrorCode::io, "cannot read " + path + ": " + std::strerror(errno));
  return out;
}

bool is_file(const std::string& path) {
  std::error_code ec;
  return path == "-" || std::filesystem::is_regular_file(path, ec);
}

}  // namespace braid::cli
