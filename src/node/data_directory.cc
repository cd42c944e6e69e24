#include "node/parts.h"

namespace braid::node {

Result<void> open_data_directory(Parts& parts) {
  parts.files = io::real_files();
  const std::string& where = parts.config.data;
  auto made = parts.files->make_directories(where);
  if (!made) {
    made.error().hint = "choose another directory with --data, or let this user write there";
    return std::unexpected(std::move(made).error().during("the data directory " + where));
  }
  auto taken = io::FileLock::take(where + "/lock");
  if (!taken) {
    if (taken.error().code == ErrorCode::conflict)
      return fail(ErrorCode::conflict, "another node uses the data directory " + where, "stop that one, or give this one its own with --data");
    return std::unexpected(std::move(taken).error().during("the data directory " + where));
  }
  parts.lock = std::move(*taken);
  return {};
}

}  // namespace braid::node
