#include "storage/flush.h"

namespace braid::storage {
namespace {

Result<void> write_segment(io::FileSystem& files, const std::string& directory, const FlushWrite& write, bool trim_first) {
  const auto path = directory + "/" + segment_name(write.before);
  TRY(auto file, files.open(path, write.fresh ? io::OpenMode::create : io::OpenMode::read_write));
  if (write.fresh || trim_first) {
    TRY(const auto size, file->size());
    if (size < write.before.size)
      return fail(ErrorCode::corrupt, path + " is damaged at byte " + std::to_string(size) + ": the file ends there, " + std::to_string(write.before.size) + " bytes were written",
                  "restore the file from a backup and start the node again");
    if (size > write.before.size) TRY_VOID(file->truncate(write.before.size));
  }
  std::vector<BytesView> pieces;
  pieces.reserve(write.batches.size());
  for (const auto& batch : write.batches) pieces.emplace_back(*batch);
  TRY_VOID(file->write_at(write.before.size, pieces));
  return file->sync();
}

}  // namespace

Result<void> carry_out(io::FileSystem& files, const FlushPlan& plan) {
  bool fresh = false;
  for (const auto& write : plan.writes) {
    if (write.fresh && !fresh) TRY_VOID(files.make_directories(plan.directory));
    TRY_VOID(write_segment(files, plan.directory, write, plan.trim_first && &write == &plan.writes.front()));
    fresh = fresh || write.fresh;
  }
  // An index is a convenience that checks itself and can be built again, so it is not synced.
  for (const auto& segment : plan.finished) {
    if (!segment.index) continue;
    TRY(auto file, files.open(plan.directory + "/" + index_name(segment.info), io::OpenMode::create));
    TRY_VOID(file->write_at(0, BytesView(encode_index(*segment.index, segment.info))));
  }
  if (!fresh) return {};
  // The file's name, and the names of the directories that may have been made for it.
  const auto topic = plan.directory.substr(0, plan.directory.rfind('/'));
  TRY_VOID(files.sync_directory(plan.directory));
  TRY_VOID(files.sync_directory(topic));
  return files.sync_directory(topic.substr(0, topic.rfind('/')));
}

}  // namespace braid::storage
