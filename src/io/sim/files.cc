#include "io/sim/files.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>

namespace braid::io {
namespace {
constexpr std::size_t sector_bytes = 512;
}

// A file or a directory; `live` is what a running program sees, `kept` what survives for certain.
struct SimNode {
  struct Write {
    std::uint64_t offset = 0;
    Bytes bytes;
    std::optional<std::uint64_t> size{};   // a change of size instead
  };
  struct NameChange {
    std::string name;
    std::shared_ptr<SimNode> node;         // null: the name goes
    std::string old_name{};                // of a rename: goes in the same moment
  };
  bool directory = false;
  Bytes live, kept;
  std::vector<Write> unsynced;
  std::map<std::string, std::shared_ptr<SimNode>> names, kept_names;
  std::vector<NameChange> unsynced_names;

  static void apply(Bytes& to, const Write& write) {
    if (write.size) {
      to.resize(std::size_t(*write.size), '\0');
      return;
    }
    if (to.size() < write.offset + write.bytes.size()) to.resize(std::size_t(write.offset) + write.bytes.size(), '\0');
    to.replace(std::size_t(write.offset), write.bytes.size(), write.bytes);
  }
  void write(Write w) {
    apply(live, w);
    unsynced.push_back(std::move(w));
  }
  void set_name(const std::string& name, std::shared_ptr<SimNode> node) {
    if (node) names[name] = node;
    else names.erase(name);
    unsynced_names.push_back({name, std::move(node)});
  }
};

namespace {
void keep_name(SimNode& directory, const SimNode::NameChange& change) {
  if (change.node) directory.kept_names[change.name] = change.node;
  else directory.kept_names.erase(change.name);
  if (!change.old_name.empty()) directory.kept_names.erase(change.old_name);
}
std::unexpected<Error> sim_error(std::string_view what, const std::string& path, std::string_view why) {
  return fail(ErrorCode::io, "cannot " + std::string(what) + " " + path + ": " + std::string(why));
}
}  // namespace

class SimFile final : public File {
 public:
  SimFile(SimFiles& disk, std::shared_ptr<SimNode> node, std::string path, std::uint64_t life) : disk_(disk), node_(std::move(node)), path_(std::move(path)), life_(life) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
    const SimFiles::Lock lock(disk_.mutex_);
    TRY_VOID(alive("read"));
    if (disk_.chance(disk_.faults_.read_fails)) return sim_error("read", path_, "simulated input/output error");
    if (offset >= node_->live.size()) return std::size_t{0};
    const auto n = std::min<std::size_t>(into.size(), node_->live.size() - std::size_t(offset));
    node_->live.copy(into.data(), n, std::size_t(offset));
    return n;
  }
  Result<void> write_at(std::uint64_t offset, std::span<const BytesView> pieces) override {
    const SimFiles::Lock lock(disk_.mutex_);
    TRY_VOID(alive("write"));
    Bytes all;
    for (const auto piece : pieces) all.append(piece);
    const auto cut = disk_.change("write", path_);
    std::string_view why = "simulated input/output error";
    bool failing = !cut || disk_.chance(disk_.faults_.write_fails);
    const std::uint64_t end = offset + all.size();
    if (end > node_->live.size() && disk_.used_now() + (end - node_->live.size()) > disk_.faults_.capacity_bytes) {
      failing = true;
      why = "No space left on device";
    }
    if (failing) {
      // A full disk still takes what fits into the file as it is; an error may have let any beginning through.
      const std::size_t fits = why[0] == 'N' ? std::size_t(node_->live.size() > offset ? node_->live.size() - offset : 0) : all.size();
      all.resize(std::size_t(disk_.random_() % (std::min(fits, all.size()) + 1)));
    }
    if (!all.empty()) node_->write({offset, std::move(all)});
    if (!cut) return cut;
    if (failing) return sim_error("write", path_, why);
    return {};
  }
  Result<void> sync() override {
    const SimFiles::Lock lock(disk_.mutex_);
    TRY_VOID(alive("sync"));
    TRY_VOID(disk_.change("sync", path_));
    const bool failing = disk_.chance(disk_.faults_.sync_fails);
    for (const auto& write : node_->unsynced)
      if (!disk_.forget_syncs_ && (!failing || disk_.chance(0.5))) SimNode::apply(node_->kept, write);
    node_->unsynced.clear();
    if (failing) return sim_error("sync", path_, "simulated input/output error");
    return {};
  }
  Result<void> truncate(std::uint64_t size) override {
    const SimFiles::Lock lock(disk_.mutex_);
    TRY_VOID(alive("truncate"));
    TRY_VOID(disk_.change("truncate", path_));
    node_->write({0, {}, size});
    return {};
  }
  Result<void> reserve(std::uint64_t size) override {
    const SimFiles::Lock lock(disk_.mutex_);
    TRY_VOID(alive("reserve space for"));
    TRY_VOID(disk_.change("reserve space for", path_));
    if (size <= node_->live.size()) return {};
    if (disk_.used_now() + (size - node_->live.size()) > disk_.faults_.capacity_bytes) return sim_error("reserve space for", path_, "No space left on device");
    node_->write({0, {}, size});
    return {};
  }
  Result<std::uint64_t> size() const override {
    const SimFiles::Lock lock(disk_.mutex_);
    TRY_VOID(alive("look at"));
    return std::uint64_t(node_->live.size());
  }

 private:
  Result<void> alive(std::string_view what) const {
    if (disk_.off_ || life_ != disk_.life_) return sim_error(what, path_, "the simulated power is off");
    return {};
  }
  SimFiles& disk_;
  std::shared_ptr<SimNode> node_;
  std::string path_;
  std::uint64_t life_;
};

SimFiles::SimFiles(std::uint64_t seed) : random_(seed), root_(std::make_shared<SimNode>()) { root_->directory = true; }
SimFiles::~SimFiles() = default;

void SimFiles::set_faults(const SimFaults& faults) {
  const Lock lock(mutex_);
  faults_ = faults;
}
void SimFiles::power_off() {
  const Lock lock(mutex_);
  off_ = true;
}
void SimFiles::power_off_after(int changes) {
  const Lock lock(mutex_);
  changes_left_ = changes;
}
void SimFiles::kill_process() {
  const Lock lock(mutex_);
  off_ = false;
  changes_left_ = -1;
  ++life_;
}
void SimFiles::forget_syncs(bool forget) {
  const Lock lock(mutex_);
  forget_syncs_ = forget;
}
bool SimFiles::is_off() {
  const Lock lock(mutex_);
  return off_;
}
std::uint64_t SimFiles::used_bytes() {
  const Lock lock(mutex_);
  return used_now();
}

std::uint64_t SimFiles::used_now() const {
  std::uint64_t used = 0;
  const std::function<void(const SimNode&)> add = [&](const SimNode& node) {
    used += node.live.size();
    for (const auto& [_, child] : node.names) add(*child);
  };
  add(*root_);
  return used;
}

bool SimFiles::chance(double probability) { return probability > 0 && double(random_() >> 11) * 0x1.0p-53 < probability; }

Result<void> SimFiles::change(const std::string& what, const std::string& path) {
  if (changes_left_ > 0 && --changes_left_ == 0) off_ = true;
  if (off_) return sim_error(what, path, "the simulated power is off");
  return {};
}

void SimFiles::power_on() {
  const Lock lock(mutex_);
  // How kind this cut is: nothing of the unsynced, everything, or any part.
  const double sector_kept = std::array{0.0, 1.0, 0.5, 0.9}[random_() % 4];
  const std::function<void(SimNode&)> settle = [&](SimNode& node) {
    for (const auto& write : node.unsynced) {
      if (write.size) {
        if (chance(sector_kept)) SimNode::apply(node.kept, write);
        continue;
      }
      for (std::size_t at = 0; at < write.bytes.size();) {
        const std::size_t n = std::min(sector_bytes - std::size_t((write.offset + at) % sector_bytes), write.bytes.size() - at);
        if (chance(sector_kept)) SimNode::apply(node.kept, {write.offset + at, write.bytes.substr(at, n)});
        at += n;
      }
    }
    node.unsynced.clear();
    node.live = node.kept;
    const std::size_t changes = node.unsynced_names.empty() ? 0 : std::size_t(random_() % (node.unsynced_names.size() + 1));
    for (std::size_t i = 0; i < changes; ++i) keep_name(node, node.unsynced_names[i]);
    node.unsynced_names.clear();
    node.names = node.kept_names;
    for (const auto& [_, child] : node.names) settle(*child);
  };
  settle(*root_);
  off_ = false;
  changes_left_ = -1;
  ++life_;
}

std::shared_ptr<SimNode> SimFiles::find(const std::string& path) {
  auto node = root_;
  std::string_view rest = path;
  while (!rest.empty()) {
    const auto slash = rest.find('/');
    const std::string name(rest.substr(0, slash));
    rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
    if (name.empty() || name == ".") continue;
    const auto at = node->names.find(name);
    if (at == node->names.end()) return nullptr;
    node = at->second;
  }
  return node;
}
std::shared_ptr<SimNode> SimFiles::parent_of(const std::string& path, std::string& name) {
  const auto slash = path.rfind('/');
  name = slash == std::string::npos ? path : path.substr(slash + 1);
  return slash == std::string::npos ? root_ : find(path.substr(0, slash));
}

Result<std::unique_ptr<File>> SimFiles::open(const std::string& path, OpenMode mode) {
  const Lock lock(mutex_);
  if (off_) return sim_error("open", path, "the simulated power is off");
  auto node = find(path);
  if (!node) {
    std::string name;
    const auto parent = parent_of(path, name);
    if (mode != OpenMode::create || !parent) return fail(ErrorCode::not_found, "cannot open " + path + ": No such file or directory");
    TRY_VOID(change("open", path));
    node = std::make_shared<SimNode>();
    parent->set_name(name, node);
  }
  return std::make_unique<SimFile>(*this, std::move(node), path, life_);
}
Result<bool> SimFiles::exists(const std::string& path) {
  const Lock lock(mutex_);
  if (off_) return sim_error("look at", path, "the simulated power is off");
  return find(path) != nullptr;
}
Result<std::vector<std::string>> SimFiles::list(const std::string& directory) {
  const Lock lock(mutex_);
  if (off_) return sim_error("list", directory, "the simulated power is off");
  const auto node = find(directory);
  if (!node) return fail(ErrorCode::not_found, "cannot list " + directory + ": No such file or directory");
  std::vector<std::string> names;
  for (const auto& [name, _] : node->names) names.push_back(name);
  return names;
}
Result<void> SimFiles::make_directories(const std::string& directory) {
  const Lock lock(mutex_);
  for (std::size_t end = 0; end != std::string::npos;) {
    end = directory.find('/', end + 1);
    const auto path = directory.substr(0, end);
    if (find(path)) continue;
    TRY_VOID(change("make directory", path));
    std::string name;
    const auto parent = parent_of(path, name);
    auto node = std::make_shared<SimNode>();
    node->directory = true;
    parent->set_name(name, std::move(node));
  }
  return {};
}
Result<void> SimFiles::rename(const std::string& from, const std::string& to) {
  const Lock lock(mutex_);
  TRY_VOID(change("rename", from));
  std::string from_name, to_name;
  const auto from_parent = parent_of(from, from_name), to_parent = parent_of(to, to_name);
  const auto node = find(from);
  if (!node || !to_parent) return fail(ErrorCode::not_found, "cannot rename " + from + ": No such file or directory");
  to_parent->names[to_name] = node;
  from_parent->names.erase(from_name);
  if (from_parent == to_parent) {   // atomic
    to_parent->unsynced_names.push_back({to_name, node, from_name});
  } else {
    to_parent->unsynced_names.push_back({to_name, node});
    from_parent->unsynced_names.push_back({from_name, nullptr});
  }
  return {};
}
Result<void> SimFiles::remove(const std::string& path) {
  const Lock lock(mutex_);
  TRY_VOID(change("remove", path));
  std::string name;
  const auto parent = parent_of(path, name);
  if (parent && parent->names.contains(name)) parent->set_name(name, nullptr);
  return {};
}
Result<void> SimFiles::remove_all(const std::string& path) { return remove(path); }
Result<void> SimFiles::sync_directory(const std::string& directory) {
  const Lock lock(mutex_);
  TRY_VOID(change("sync", directory));
  const auto node = find(directory);
  if (!node) return fail(ErrorCode::not_found, "cannot sync " + directory + ": No such file or directory");
  if (forget_syncs_) return {};
  for (const auto& c : node->unsynced_names) keep_name(*node, c);
  node->unsynced_names.clear();
  return {};
}
Result<std::uint64_t> SimFiles::free_bytes(const std::string& directory) {
  const Lock lock(mutex_);
  if (off_) return sim_error("look at the disk of", directory, "the simulated power is off");
  if (faults_.capacity_bytes == UINT64_MAX) return UINT64_MAX;
  const auto used = used_now();
  return used >= faults_.capacity_bytes ? 0 : faults_.capacity_bytes - used;
}

}  // namespace braid::io
