#include "storage/wal.h"

#include <gtest/gtest.h>

#include "io/sim/files.h"

namespace braid::storage {
namespace {

class WalTest : public testing::Test {
 public:
  Result<std::unique_ptr<Wal>> open(std::uint64_t from_group = 1) {
    replayed_.clear();
    return Wal::open(disk_, "data/wal", 4096, from_group, [this](BytesView entry) -> Result<void> {
      replayed_.emplace_back(entry);
      return {};
    });
  }
  static Result<void> write(Wal& wal, const std::string& text) {
    Bytes framed;
    Writer out(framed);
    out.le(std::uint32_t(text.size()));
    out.bytes(text);
    const BytesView piece(framed);
    return wal.write(std::span(&piece, 1), 1);
  }
  void change(const std::string& path, std::uint64_t at, BytesView bytes) {
    auto file = *disk_.open(path, io::OpenMode::read_write);
    ASSERT_TRUE(file->write_at(at, bytes));
  }
  io::SimFiles disk_{1};
  std::vector<std::string> replayed_;
};

TEST_F(WalTest, GivesBackEveryGroupOverManyFiles) {
  std::vector<std::string> all;
  {
    auto wal = *open();
    for (int i = 0; i < 40; ++i) {
      all.push_back(std::to_string(i) + std::string(400, 'x'));
      ASSERT_TRUE(write(*wal, all.back()));
    }
    EXPECT_EQ(wal->last_group(), 40u);
  }
  auto wal = *open();
  EXPECT_EQ(replayed_, all);
  ASSERT_TRUE(write(*wal, "one more"));
  all.emplace_back("one more");
  ASSERT_TRUE(wal->trim(30));   // files that hold only groups up to 30 may go; some of the older groups share a file with newer ones
  wal.reset();
  wal = *open(31);
  EXPECT_EQ(replayed_, std::vector<std::string>(all.begin() + 30, all.end()));
}

TEST_F(WalTest, UsesFilesAgainAndNeverReadsTheirOldGroups) {
  auto wal = *open();
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(write(*wal, std::string(1000, 'a')));
  ASSERT_TRUE(wal->trim(29));
  ASSERT_TRUE(write(*wal, std::string(3500, 'b')));   // does not fit behind the rest: the next file is one that was used before
  wal.reset();
  wal = *open(30);
  EXPECT_EQ(replayed_, (std::vector<std::string>{std::string(1000, 'a'), std::string(3500, 'b')}));
  EXPECT_EQ(disk_.list("data/wal")->size(), 4u);   // the one that was continued, the next, and the spares
}

TEST_F(WalTest, AFileThatCouldNotBeBegunDoesNotHideTheGroupsBehindIt) {
  int cut = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {   // what a power cut keeps of what was not synced is chance
    io::SimFiles disk(seed);
    std::vector<std::string> replayed;
    auto open = [&](std::uint64_t from) {
      replayed.clear();
      return Wal::open(disk, "data/wal", 4096, from, [&](BytesView entry) -> Result<void> {
        replayed.emplace_back(entry);
        return {};
      });
    };
    ASSERT_TRUE(disk.make_directories("data"));
    ASSERT_TRUE(disk.sync_directory("."));
    auto wal = *open(1);
    ASSERT_TRUE(write(*wal, std::string(1000, 'a')));
    io::SimFaults faults;
    faults.sync_fails = 1;
    disk.set_faults(faults);
    ASSERT_FALSE(write(*wal, std::string(3500, 'b')));   // needs the next file
    disk.set_faults({});
    ASSERT_TRUE(write(*wal, "fits into the first file"));
    ASSERT_TRUE(write(*wal, "too"));
    disk.power_off();
    wal.reset();
    disk.power_on();
    wal = *open(3);   // a checkpoint has what was before
    cut += replayed != std::vector<std::string>{"too"};
  }
  EXPECT_EQ(cut, 0);
}

TEST_F(WalTest, ATornLastGroupIsNotThere) {
  {
    auto wal = *open();
    ASSERT_TRUE(write(*wal, "kept"));
    ASSERT_TRUE(write(*wal, "torn"));
  }
  change("data/wal/00000000000000000001.wal", 64 + 32 + 24 + 4, "T");
  auto wal = *open();
  EXPECT_EQ(replayed_, std::vector<std::string>{"kept"});
  ASSERT_TRUE(write(*wal, "again"));
  wal.reset();
  wal = *open();
  EXPECT_EQ(replayed_, (std::vector<std::string>{"kept", "again"}));
}

TEST_F(WalTest, DamageBeforeAWholeGroupIsNotSwallowed) {
  {
    auto wal = *open();
    for (const auto* text : {"one1", "two2", "three"}) ASSERT_TRUE(write(*wal, text));
  }
  change("data/wal/00000000000000000001.wal", 64 + 32 + 24 + 4, "T");
  const auto wal = open();
  ASSERT_FALSE(wal);
  EXPECT_EQ(wal.error().code, ErrorCode::corrupt);
  EXPECT_EQ(wal.error().message,
            "data/wal/00000000000000000001.wal is damaged at byte 96: group 2 cannot be read, but group 3 behind it can: acknowledged records are lost");
}

TEST_F(WalTest, AFailedSyncIsFinal) {
  auto wal = *open();
  ASSERT_TRUE(write(*wal, "good"));
  io::SimFaults faults;
  faults.sync_fails = 1;
  disk_.set_faults(faults);
  EXPECT_FALSE(write(*wal, "lost"));
  disk_.set_faults({});
  const auto refused = write(*wal, "later");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(wal->broken());
}

TEST_F(WalTest, ANewerFormatIsRefusedByName) {
  {
    auto wal = *open();
    ASSERT_TRUE(write(*wal, "x"));
  }
  change("data/wal/00000000000000000001.wal", 8, BytesView("\2", 1));
  const auto wal = open();
  ASSERT_FALSE(wal);
  EXPECT_EQ(wal.error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace braid::storage
