// A disk in memory that fails as real ones do: the simulated twin of real_files(). Everything random comes from one seed.
//
// Promises (what File and FileSystem promise, no more): written bytes are kept once the file was synced; a name (made, renamed, removed) is kept
// once its directory was synced. When the power goes, of the rest a random part stays: of each write any of its 512-byte sectors, of each directory's
// changes a random beginning. A sync that fails has lost a random part of what it should have kept, and says so only once.
// Thread-safe. Files that were opened before the power went answer with errors for ever.
#pragma once
#include <memory>
#include <mutex>
#include <random>

#include "io/file.h"

namespace braid::io {

struct SimFaults {
  double write_fails = 0;               // probability per write; a beginning of it may have arrived
  double sync_fails = 0;
  double read_fails = 0;
  std::uint64_t capacity_bytes = UINT64_MAX;   // beyond it: no space left on device
};

struct SimNode;

class SimFiles final : public FileSystem {
 public:
  explicit SimFiles(std::uint64_t seed);
  ~SimFiles() override;

  void set_faults(const SimFaults& faults);
  void power_off();                     // from now on everything fails
  void power_off_after(int changes);    // the same, in the middle of something: after so many writes, syncs, renames, ...
  void power_on();                      // with what the disk has kept
  void kill_process();                  // what was written stays, old handles are dead
  void forget_syncs(bool forget);       // a lying disk: sync answers well and keeps nothing. To see a test fail
  bool is_off();
  std::uint64_t used_bytes();

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Result<void> make_directories(const std::string& directory) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& path) override;
  Result<void> remove_all(const std::string& path) override;
  Result<void> sync_directory(const std::string& directory) override;
  Result<std::uint64_t> free_bytes(const std::string& directory) override;

 private:
  friend class SimFile;
  using Lock = std::unique_lock<std::mutex>;
  std::shared_ptr<SimNode> find(const std::string& path);
  std::shared_ptr<SimNode> parent_of(const std::string& path, std::string& name);
  Result<void> change(const std::string& what, const std::string& path);   // counts down to the power cut
  bool chance(double probability);
  std::uint64_t used_now() const;

  std::mutex mutex_;
  std::mt19937_64 random_;
  SimFaults faults_;
  std::shared_ptr<SimNode> root_;
  bool off_ = false;
  bool forget_syncs_ = false;
  int changes_left_ = -1;
  std::uint64_t life_ = 0;              // counts power cuts, so that old handles are known
};

}  // namespace braid::io
