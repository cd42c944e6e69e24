#include "storage/wal.h"

#include <gtest/gtest.h>

#include <random>

#include "io/sim/files.h"
#include "wire/crc32c.h"

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
  static Result<void> append(Wal& wal, const std::string& text) {
    Bytes framed;
    Writer out(framed);
    out.le(std::uint32_t(text.size()));
    out.bytes(text);
    const BytesView piece(framed);
    return wal.append(std::span(&piece, 1), 1);
  }
  static Result<void> write(Wal& wal, const std::string& text) {
    TRY_VOID(append(wal, text));
    return wal.sync();
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

// Groups that nobody waited for: the end of the process takes none, a power cut only a last part, over files that are used again, in every way it can fall.
TEST_F(WalTest, WhatWasNotSyncedIsKeptAsABeginning) {
  int cut = 0, again = 0;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    io::SimFiles disk(seed);
    std::mt19937_64 random(seed);
    std::vector<std::string> written, replayed;
    std::size_t certain = 0, before = 0;   // how many are promised; how many a checkpoint has
    std::unique_ptr<Wal> wal;
    const auto open = [&] {
      replayed.clear();
      auto opened = Wal::open(disk, "data/wal", 4096, before + 1, [&](BytesView entry) -> Result<void> {
        replayed.emplace_back(entry);
        return {};
      });
      ASSERT_TRUE(opened) << "seed " << seed << ": " << opened.error().text();
      wal = *std::move(opened);
    };
    ASSERT_TRUE(disk.make_directories("data"));
    ASSERT_TRUE(disk.sync_directory("."));
    open();
    for (int life = 0; life < 12; ++life) {
      for (auto n = random() % 6; n > 0; --n) {
        written.push_back(std::to_string(life) + "/" + std::to_string(written.size()) + std::string(random() % 8 == 0 ? random() % 900 : 92 + 8 * (random() % 2), 'x'));   // often so that a new group ends where a given-up one begins
        ASSERT_TRUE(append(*wal, written.back()));
        if (random() % 8 == 0) {
          ASSERT_TRUE(wal->sync());
          certain = written.size();
        }
        if (random() % 10 == 0) {
          before = written.size();   // in segments, so it is kept whatever happens here
          certain = std::max(certain, before);
          ASSERT_TRUE(wal->trim(before));
        }
      }
      wal.reset();
      const bool killed = random() % 3 == 0;
      if (killed) disk.kill_process();
      else disk.power_off(), disk.power_on();
      open();
      ASSERT_LE(before + replayed.size(), written.size()) << "seed " << seed;
      if (killed) { ASSERT_EQ(before + replayed.size(), written.size()) << "seed " << seed; }
      ASSERT_GE(before + replayed.size(), certain) << "seed " << seed;
      for (std::size_t i = 0; i < replayed.size(); ++i) ASSERT_EQ(replayed[i], written[before + i]) << "seed " << seed;
      cut += before + replayed.size() < written.size();
      again += life > 0 && replayed.size() > 0;
      written.resize(before + replayed.size());
      certain = written.size();   // it was read, so it stays
    }
  }
  EXPECT_GT(cut, 100);
  EXPECT_GT(again, 100);
}

TEST_F(WalTest, DamageBeforeASyncedGroupIsNotSwallowedBehindUnsyncedOnes) {
  {
    auto wal = *open();
    for (const auto* text : {"one1", "two2", "three"}) ASSERT_TRUE(append(*wal, text));
    ASSERT_TRUE(wal->sync());
    ASSERT_TRUE(write(*wal, "four"));
  }
  change("data/wal/00000000000000000001.wal", 64 + 32 + 32 + 4, "T");   // "two2"
  const auto wal = open();
  ASSERT_FALSE(wal);
  EXPECT_EQ(wal.error().code, ErrorCode::corrupt);
}

// What version 1 wrote is read; what is added goes into a new file, which version 1 refuses instead of ending early.
TEST_F(WalTest, FilesOfVersion1AreReadAndNotContinued) {
  {
    auto wal = *open();
    ASSERT_TRUE(write(*wal, "old"));
  }
  Bytes header("braidwal");
  Writer out(header);
  out.le<std::uint32_t>(1);
  out.le<std::uint32_t>(0);
  out.le<std::uint64_t>(1);
  out.le<std::uint64_t>(1);
  store_le(header.data() + 12, wire::crc32c(BytesView(header).substr(16, 16)));
  header.resize(64, '\0');
  change("data/wal/00000000000000000001.wal", 0, header);
  auto wal = *open();
  EXPECT_EQ(replayed_, std::vector<std::string>{"old"});
  ASSERT_TRUE(write(*wal, "new"));
  wal.reset();
  EXPECT_EQ(disk_.list("data/wal")->size(), 2u);
  wal = *open();
  EXPECT_EQ(replayed_, (std::vector<std::string>{"old", "new"}));
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
  change("data/wal/00000000000000000001.wal", 8, BytesView("\3", 1));
  const auto wal = open();
  ASSERT_FALSE(wal);
  EXPECT_EQ(wal.error().code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace braid::storage
