#include "adapters.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "eventlog/embedded/embedded_log.h"

namespace braid::contract {
namespace {

class EmbeddedWorld final : public World {
 public:
  EmbeddedWorld() {
    std::string name = testing::TempDir() + "braid_contract_XXXXXX";
    directory_ = ::mkdtemp(name.data());
    storage::LogOptions options;
    options.directory = directory_ + "/data";
    options.wal_file_bytes = 1 << 20;
    auto opened = storage::Log::open(*files_, *shards_, options);
    if (!opened) ADD_FAILURE() << opened.error().text();
    storage_ = *std::move(opened);
    auto offsets = io::block_on(shards_->control(), storage::GroupOffsets::open(*storage_, *shards_, 2));
    if (!offsets) ADD_FAILURE() << offsets.error().text();
    offsets_ = *std::move(offsets);
    log_ = eventlog::embedded_log(*storage_, *offsets_, "127.0.0.1:9092");
  }
  ~EmbeddedWorld() override {
    io::block_on(shards_->control(), offsets_->close());
    io::block_on(shards_->control(), storage_->close());
    shards_->stop();
    log_.reset();
    offsets_.reset();
    storage_.reset();
    std::filesystem::remove_all(directory_);
  }
  eventlog::EventLog& log() override { return *log_; }
  io::Shards& shards() override { return *shards_; }

 private:
  std::string directory_;
  std::unique_ptr<io::FileSystem> files_ = io::real_files();
  std::unique_ptr<io::Shards> shards_ = io::Shards::start(2);
  std::unique_ptr<storage::Log> storage_;
  std::unique_ptr<storage::GroupOffsets> offsets_;
  std::unique_ptr<eventlog::EventLog> log_;
};

}  // namespace

std::vector<Adapter> adapters() {
  return {
      {"embedded", []() -> std::unique_ptr<World> { return std::make_unique<EmbeddedWorld>(); }},
  };
}

}  // namespace braid::contract
