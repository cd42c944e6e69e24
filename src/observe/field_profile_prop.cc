// A field's profile stays within its memory whatever comes, reads back what it wrote, and says of whole columns what one knows of them.
#include "observe/field_profile.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "observe/topic_profile.h"
#include "base/limits/observe.h"

namespace braid::observe {
namespace {

using data::Column;
using data::Kind;

std::string path_text(const json::value& v, const char* pointer) {
  boost::system::error_code ec;
  const auto* found = v.find_pointer(pointer, ec);
  return found ? json::print(*found) : "(nothing)";
}

TEST(FieldProfileLaws, MemoryIsBoundedForAnyStream) {
  std::mt19937_64 random(3);
  Scratch scratch;
  FieldProfile texts, mixed;
  for (int lot = 0; lot < 200; ++lot) {
    Column column(Kind::string), reals(Kind::double_), wholes(Kind::bigint);
    for (int i = 0; i < 500; ++i) {
      std::string text;
      for (std::uint64_t n = random() % 300; n > 0; --n) text.push_back(char(random() % 256));
      column.append_text(text);
      reals.append_double(std::bit_cast<double>(random()));
      wholes.append_long(std::int64_t(random()));
    }
    texts.add(column, scratch);
    mixed.add(column, scratch);
    mixed.add(reals, scratch);
    mixed.add(wholes, scratch);
  }
  EXPECT_LE(texts.memory_bytes(), limits::profile_field_bytes_max);
  EXPECT_LE(mixed.memory_bytes(), limits::profile_field_bytes_max);
  EXPECT_EQ(mixed.count(), 300'000u);
  for (const auto* f : {&texts, &mixed}) {
    Bytes bytes;
    f->encode(bytes);
    Reader in(bytes);
    const auto back = FieldProfile::decode(in);
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(*back, *f);
    EXPECT_FALSE(json::print(f->to_json("p", "value", 0)).empty());       // also of bytes that are no text
  }
}

TEST(FieldProfile, SaysWhatIsInWholeNumbers) {
  Scratch scratch;
  FieldProfile f;
  Column c(Kind::integer);
  for (int i = 0; i < 1000; ++i) {
    if (i % 10 == 9) c.append_null();
    else c.append_int(i % 9 + 1);
  }
  f.add(c, scratch);
  const json::value o = f.to_json("quantity", "value", 3);
  EXPECT_EQ(path_text(o, "/type"), "\"INTEGER\"");
  EXPECT_EQ(path_text(o, "/count"), "900");
  EXPECT_EQ(path_text(o, "/nulls"), "100");
  EXPECT_EQ(path_text(o, "/absent"), "3");
  EXPECT_EQ(path_text(o, "/distinct"), R"({"estimate":9,"error":0E0})");
  EXPECT_EQ(path_text(o, "/min"), "1");
  EXPECT_EQ(path_text(o, "/max"), "9");
  EXPECT_EQ(path_text(o, "/quantiles/p50"), "5");
  EXPECT_EQ(o.at("top").as_array().size(), 9u);
  EXPECT_EQ(o.at("histogram").at("bins").as_array().size(), 9u);
  EXPECT_EQ(path_text(o, "/logical"), "null");
}

TEST(FieldProfile, TextsTimesAndTruth) {
  Scratch scratch;
  Column names(Kind::string), times(Kind::bigint), stamps(Kind::timestamp), truth(Kind::boolean), lists(data::Type::array(Kind::string));
  for (int i = 0; i < 100; ++i) {
    names.append_text("User_" + std::to_string(i % 9 + 1));
    times.append_long(1'700'000'000'000 + i);
    stamps.append_long(1'700'000'000'000 + i);
    truth.append_bool(i % 4 == 0);
    lists.append(data::Value::array(data::Values(std::size_t(i % 5))));
  }
  const auto profile = [&](const Column& c) {
    FieldProfile f;
    f.add(c, scratch);
    return json::value(f.to_json("f", "value", 0));
  };
  const auto text = profile(names);
  EXPECT_EQ(path_text(text, "/shapes/0/shape"), "\"Aaaa_9\"");
  EXPECT_EQ(path_text(text, "/shapes/0/share"), "1E0");
  EXPECT_EQ(path_text(text, "/min"), "\"User_1\"");
  EXPECT_EQ(path_text(text, "/lengths"), R"({"min":6,"max":6,"mean":6E0})");
  EXPECT_EQ(path_text(profile(times), "/logical"), "\"epoch-ms\"");
  EXPECT_EQ(path_text(profile(times), "/min"), "1700000000000");
  EXPECT_EQ(path_text(profile(stamps), "/min"), "\"2023-11-14T22:13:20.000Z\"");
  EXPECT_EQ(path_text(profile(truth), "/top/0"), R"({"value":false,"count":75,"error":0,"share":7.5E-1})");
  EXPECT_EQ(path_text(profile(lists), "/lengths/max"), "4");
  EXPECT_EQ(path_text(profile(lists), "/distinct"), "null");
}

TEST(FieldProfile, AFieldThatBecameRealKeepsItsWholeValues) {
  Scratch scratch;
  FieldProfile f;
  Column whole(Kind::integer), real(Kind::double_);
  for (int i = 0; i < 10; ++i) whole.append_int(7), real.append_double(7.0), real.append_double(0.5);
  f.add(whole, scratch);
  f.add(real, scratch);
  const json::value o = f.to_json("price", "value", 0);
  EXPECT_EQ(path_text(o, "/type"), "\"INTEGER | DOUBLE\"");
  EXPECT_EQ(path_text(o, "/distinct/estimate"), "2");
  EXPECT_EQ(path_text(o, "/top/0/value"), "7");
  EXPECT_EQ(path_text(o, "/top/0/count"), "20");
  EXPECT_EQ(path_text(o, "/min"), "5E-1");
}

TEST(FieldProfile, ASkewedFieldIsShownByPowersOfTwo) {
  Scratch scratch;
  FieldProfile f;
  Column c(Kind::double_);
  for (int i = 0; i < 1000; ++i) c.append_double(i == 0 ? 1e6 : 1.0 + i % 10);
  f.add(c, scratch);
  const json::value o = f.to_json("price", "value", 0);
  EXPECT_EQ(path_text(o, "/histogram/scale"), "\"log\"");
  std::int64_t total = 0;
  for (const auto& b : o.at("histogram").at("bins").as_array()) total += b.at("count").to_number<std::int64_t>();
  EXPECT_EQ(total, 1000);
}

TEST(FieldProfileLaws, MergedIsAsIfOneHadSeenAll) {
  std::mt19937_64 random(8);
  Scratch scratch;
  FieldProfile a, b, all;
  for (int lot = 0; lot < 20; ++lot) {
    Column c(Kind::string);
    for (int i = 0; i < 50; ++i)
      if (random() % 7 == 0) c.append_null();
      else c.append_text("v" + std::to_string(random() % 60));
    (lot % 2 ? a : b).add(c, scratch);
    all.add(c, scratch);
  }
  a.merge(b);
  EXPECT_EQ(a.count(), all.count());
  EXPECT_EQ(a.nulls(), all.nulls());
  EXPECT_EQ(json::print(a.to_json("f", "value", 0)), json::print(all.to_json("f", "value", 0)));
}

TEST(TopicProfileLaws, ReadsBackWhatItWroteAndRefusesTheRest) {
  Scratch scratch;
  TopicProfile t;
  t.topic = "orders";
  t.since_ms = 1000;
  t.next = {{0, 17}, {3, 4}};
  t.records = 21;
  t.profiled = t.with_value = 20;
  t.note_undecodable("value: it is broken", 1);
  for (const char* path : {"a", "b.c", "d[]"}) {
    Column c(Kind::double_);
    for (int i = 0; i < 1000; ++i) c.append_double(i * 0.37);
    t.field(Side::value, path)->add(c, scratch);
  }
  const auto bytes = t.encode();
  const auto back = TopicProfile::decode(bytes);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, t);
  EXPECT_EQ(back->encode(), bytes);
  for (std::size_t cut = 0; cut < bytes.size(); cut += 7) EXPECT_FALSE(TopicProfile::decode(bytes.substr(0, cut)));
  for (std::size_t i = 0; i < limits::profile_fields_max + 10; ++i) (void)t.field(Side::value, "f" + std::to_string(i));
  EXPECT_EQ(t.fields().size(), limits::profile_fields_max);
  EXPECT_EQ(t.fields_left_out, 13u);
  for (int i = 0; i < 100; ++i) t.note_undecodable("reason " + std::to_string(i));
  EXPECT_LE(t.reasons.size(), TopicProfile::reasons_max + 1);
  EXPECT_EQ(t.undecodable, 101u);
}

}  // namespace
}  // namespace braid::observe
