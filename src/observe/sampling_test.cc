// How much a profiler looks at: never more than its share allows, no less than it could, and the same records again after a crash.
#include "observe/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace braid::observe {
namespace {

constexpr double share = 0.08;

TEST(SamplingTest, EverythingWhileItFits) {
  EXPECT_EQ(sampling_for({.arriving_per_s = 79'999, .ns_per_record = 1000, .share = share}, 0), 0);
  EXPECT_EQ(sampling_for({.arriving_per_s = 80'001, .ns_per_record = 1000, .share = share}, 0), 1);
  EXPECT_EQ(sampling_for({.arriving_per_s = 160'001, .ns_per_record = 1000, .share = share}, 0), 2);
  EXPECT_EQ(sampling_for({.lag = 60 * 80'001, .ns_per_record = 1000, .share = share}, 0), 1) << "a backlog is to be gone within a minute";
}

TEST(SamplingTest, StaysWhileTheCostIsNotKnown) {
  EXPECT_EQ(sampling_for({.arriving_per_s = 1e9, .share = share}, 0), 0);
  EXPECT_EQ(sampling_for({.arriving_per_s = 0, .share = share}, 5), 5);
}

TEST(SamplingTest, BackOneStepAtATimeAndNeverBeyondTheMost) {
  for (int now = 1; now <= sampling_max; ++now) EXPECT_EQ(sampling_for({.ns_per_record = 1000, .share = share}, now), now - 1);
  EXPECT_EQ(sampling_for({.arriving_per_s = 1e15, .ns_per_record = 1e6, .share = share}, 0), sampling_max);
  EXPECT_EQ(sampling_for({.arriving_per_s = 10, .ns_per_record = 1000, .share = 0}, 0), sampling_max);
}

TEST(SamplingTest, WhatIsLookedAtFitsTheShareAndHalfAsMuchMoreWouldNot) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 10'000; ++i) {
    const Load load{.arriving_per_s = std::exp(double(random() % 1700) / 100), .lag = std::int64_t(random() % 3 == 0 ? random() % 100'000'000 : 0), .ns_per_record = 50 + double(random() % 20'000), .share = share / double(1 + random() % 8)};
    const int n = sampling_for(load, 0);
    const double work = (load.arriving_per_s + double(load.lag) / catch_up_seconds) * load.ns_per_record / 1e9;   // of a second
    if (n < sampling_max) { ASSERT_LE(work / std::ldexp(1, n), load.share * 1.0001); }
    if (n > 0) { ASSERT_GT(work / std::ldexp(1, n - 1), load.share * 0.9999); }
  }
}

TEST(SamplingTest, TheNextChosenBlockIsTheNextThatIsChosen) {
  for (int n = 0; n <= sampling_max; ++n)
    for (const std::int64_t offset : {0LL, 1LL, 1023LL, 1024LL, 5000LL, 123'456'789LL}) {
      std::int64_t at = (block_of(offset) + 1) << block_shift;
      while (!is_chosen(at, n)) at += 1 << block_shift;
      EXPECT_EQ(next_chosen(offset, n), at) << n << " after " << offset;
    }
}

TEST(SamplingTest, OneBlockInTwoToTheN) {
  for (int n = 0; n <= 6; ++n) {
    std::int64_t chosen = 0;
    for (std::int64_t offset = 0; offset < 1024 * 256; ++offset) chosen += is_chosen(offset, n);
    EXPECT_EQ(chosen, 1024 * 256 >> n);
    EXPECT_EQ(is_chosen(5 * 1024, n), is_chosen(5 * 1024 + 1023, n)) << "a block is taken or left as a whole";
    for (std::int64_t offset = 0; offset < 1024 * 256; offset += 512)
      if (is_chosen(offset, n + 1)) { EXPECT_TRUE(is_chosen(offset, n)) << "what a thinner sample takes, a denser one takes too"; }
  }
}

}  // namespace
}  // namespace braid::observe
