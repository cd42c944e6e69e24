#include "flow/store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "flow/codec.h"
#include "flow/snapshot.h"

namespace braid::flow {
namespace {

using data::Kind;
using data::Type;
using data::Value;
using data::Values;

TEST(Codec, ValuesComeBackAsTheyWere) {
  const Values all = {Value(), Value(true), Value(-5), Value(std::int64_t(1) << 40), Value(-0.25), Value(data::Decimal(-12345, 3)), Value("zß\0x"), Value(data::Blob{"\0\1\2"}),
                      Value(data::Date{-1}), Value(data::Time{5}), Value(data::Timestamp{9}), Value::array({Value(1), Value()}), Value::map({{Value("k"), Value(2.5)}}),
                      Value::structure({Value("s"), Value::array({})})};
  Bytes bytes;
  append_row(bytes, all);
  Reader in(bytes);
  const auto back = take_row(in);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, all);
  EXPECT_TRUE(in.done());
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {   // no prefix is a whole row
    Reader shorter(BytesView(bytes).substr(0, cut));
    EXPECT_FALSE(take_row(shorter));
  }
}

TEST(Codec, KeysComeBackAndSortByText) {
  const std::vector<data::Field> fields = {{"A", Kind::string}, {"B", Kind::bigint}, {"C", Type::array(Kind::integer)}};
  const Values key = {Value(std::string("a\0b", 3)), Value(std::int64_t(-7)), Value::array({Value(1)})};
  const auto back = take_key(key_of(key), fields);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, key);
  const auto one = [](std::string s) { const Values v = {Value(std::move(s))}; return key_of(v); };
  EXPECT_LT(one("a"), one("ab"));
  EXPECT_LT(one("ab"), one("b"));
  EXPECT_LT(one(""), one(std::string(1, '\0')));
  EXPECT_NE(one(""), key_of(Values{Value()}));
}

TEST(Windowed, KeepsOrderExpiresAndScansByTimeThenKey) {
  WindowedStore s;
  s.put("b", 10, 0, {Value(1)}, 10);
  s.put("a", 10, 0, {Value(2)}, 11);
  s.put("a", 5, 0, {Value(3)}, 5);
  s.put("a", 10, 0, {Value(4)}, 12);
  EXPECT_EQ(s.entries(), 3u);
  std::string order;
  s.scan(0, 10, [&](BytesView key, const WindowedStore::Entry& e) { order += std::string(key) + std::to_string(e.first) + "=" + std::to_string(e.row[0].integer()) + " "; });
  EXPECT_EQ(order, "a5=3 a10=4 b10=1 ");
  s.expire(10);
  EXPECT_EQ(s.find("a", 5, 0), nullptr);
  s.erase("a", 10, 0);
  EXPECT_EQ(s.entries(), 1u);
  EXPECT_EQ(s.of_key("a"), nullptr);
}

class Snapshot : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("braid_flow_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    path_ = folder_ / "state";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  static std::map<std::string, std::map<Bytes, Bytes>> dump(const StoreSet& stores) {
    std::map<std::string, std::map<Bytes, Bytes>> out;
    for (const auto& [name, store] : stores.all())
      store->all([&](BytesView k, std::optional<BytesView> v) { out[name][Bytes(k)] = Bytes(*v); });
    return out;
  }
  std::filesystem::path folder_;
  std::string path_;
  std::unique_ptr<io::FileSystem> files_ = io::real_files();
};

// Random changes with commits in between; whatever the last whole block held comes back, also when the file's tail is torn.
TEST_F(Snapshot, ComesBackAsOfTheLastWholeBlock) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    std::filesystem::remove(path_);
    StoreSet stores;
    auto file = StateFile::open(*files_, path_, stores);
    ASSERT_TRUE(file);
    std::vector<std::pair<std::uint64_t, std::map<std::string, std::map<Bytes, Bytes>>>> states;
    for (int commit = 0; commit < 6; ++commit) {
      for (int i = 0; i < 30; ++i) {
        const Bytes key(1, char('a' + random() % 8));
        const std::int64_t start = std::int64_t(random() % 5) * 10;
        switch (random() % 5) {
          case 0: stores.table("T").erase(key); break;
          case 1: stores.windowed("W").erase(key, start, 0); break;
          case 2: stores.windowed("W").put(key, start, 0, {Value(std::int32_t(random()))}, start); break;
          default: stores.table("T").put(key, {Value(std::int32_t(random())), Value("x")}, i);
        }
        stores.windowed("W").stream_time = std::max<std::int64_t>(stores.windowed("W").stream_time, i);
      }
      const Positions positions = {{{"topic", 0}, commit}};
      ASSERT_TRUE((*file)->write((*file)->prepare(stores, positions)));
      states.emplace_back((*file)->bytes(), dump(stores));
    }
    const std::uint64_t cut = states[0].first + random() % (states.back().first - states[0].first + 1);
    std::filesystem::resize_file(path_, cut);
    std::size_t last = 0;
    while (last + 1 < states.size() && states[last + 1].first <= cut) ++last;
    StoreSet restored;
    auto again = StateFile::open(*files_, path_, restored);
    ASSERT_TRUE(again);
    EXPECT_EQ(dump(restored), states[last].second);
    EXPECT_EQ((*again)->positions().at({"topic", 0}), std::int64_t(last));
    ASSERT_TRUE((*again)->write((*again)->prepare(restored, {{{"topic", 0}, 99}})));
  }
}

TEST_F(Snapshot, AForeignFileIsRefusedByName) {
  ASSERT_TRUE(files_->replace_file(path_, "something else"));
  StoreSet stores;
  const auto file = StateFile::open(*files_, path_, stores);
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find(path_), std::string::npos);
}

}  // namespace
}  // namespace braid::flow
