// Laws of the sketches over random streams: their error bounds, that merging says what one sketch of everything would have said, that they read back
// what they wrote, and that they stay as small as they say. BRAID_PROPERTY_CASES sets the number of cases (20 by default; each is a whole stream).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <random>
#include <set>

#include "observe/sketch/distinct.h"
#include "observe/sketch/frequent.h"
#include "observe/sketch/hash.h"
#include "observe/sketch/histogram.h"
#include "observe/sketch/quantiles.h"
#include "observe/sketch/shape.h"

namespace braid::observe {
namespace {

int cases() {
  const char* text = std::getenv("BRAID_PROPERTY_CASES");
  return text ? std::atoi(text) : 20;
}

template <class T> T again(const T& sketch) {
  Bytes bytes;
  sketch.encode(bytes);
  Reader in(bytes);
  auto back = T::decode(in);
  EXPECT_TRUE(back) << back.error().text();
  EXPECT_TRUE(in.done());
  return back ? *std::move(back) : T();
}

TEST(DistinctLaws, ExactWhileFewThenWithinFourStandardErrors) {
  for (int c = 0; c < cases(); ++c) {
    std::mt19937_64 random(std::uint64_t(c) + 1);
    const std::uint64_t n = c < 4 ? random() % 512 : std::uint64_t(std::pow(10.0, 2.5 + double(random() % 350) / 100));
    const std::uint64_t salt = random();
    Distinct d;
    for (std::uint64_t i = 0; i < n; ++i) d.add(hash_of(std::int64_t(salt + i)));
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(n, 1000); ++i) d.add(hash_of(std::int64_t(salt + random() % n)));   // again: changes nothing
    EXPECT_NEAR(double(d.estimate()), double(n), n <= Distinct::exact_max ? 0 : 4 * Distinct::standard_error * double(n)) << "case " << c;
    EXPECT_EQ(again(d), d);
    EXPECT_LE(d.memory_bytes(), 16u * 1024);
  }
}

TEST(DistinctLaws, MergedIsAsIfOneHadSeenAll) {
  for (int c = 0; c < cases(); ++c) {
    std::mt19937_64 random(std::uint64_t(c) + 77);
    Distinct a, b, all;
    const auto some = [&](Distinct& to, std::uint64_t n) {
      for (std::uint64_t i = 0; i < n; ++i) {
        const auto h = hash_of(std::int64_t(random() % 5000));
        to.add(h);
        all.add(h);
      }
    };
    some(a, random() % 3000);
    some(b, random() % 3000);
    Distinct ab = a, ba = b;
    ab.merge(b);
    ba.merge(a);
    EXPECT_EQ(ab.estimate(), all.estimate());
    EXPECT_EQ(ab, ba);
  }
}

// Where the rank of each quantile really is.
double worst_rank_error(const Quantiles& q, std::vector<double> values) {
  std::ranges::sort(values);
  double worst = 0;
  for (int i = 1; i < 100; ++i) {
    const double v = q.at(i / 100.0);
    const double below = double(std::ranges::lower_bound(values, v) - values.begin()) / double(values.size());
    const double upto = double(std::ranges::upper_bound(values, v) - values.begin()) / double(values.size());
    const double wanted = i / 100.0;
    worst = std::max(worst, wanted < below ? below - wanted : wanted > upto ? wanted - upto : 0.0);
  }
  return worst;
}

std::vector<double> stream(int kind, std::size_t n, std::mt19937_64& random) {
  std::vector<double> out(n);
  for (std::size_t i = 0; i < n; ++i) switch (kind % 6) {
      case 0: out[i] = double(random() % 1'000'000) / 7; break;
      case 1: out[i] = double(i); break;                                   // rising
      case 2: out[i] = -double(i); break;                                  // falling
      case 3: out[i] = double(random() % 5); break;                        // few values
      case 4: out[i] = std::exp(double(random() % 4000) / 100); break;     // over 17 powers of ten
      default: out[i] = i % 2 ? double(i) : -double(i) * 1e6; break;
    }
  return out;
}

TEST(QuantileLaws, RanksAreWithinTheBound) {
  for (int c = 0; c < cases(); ++c) {
    std::mt19937_64 random(std::uint64_t(c) + 5);
    const auto values = stream(c, 1 + random() % 60'000, random);
    Quantiles q;
    q.add(values);
    EXPECT_EQ(q.count(), values.size());
    EXPECT_EQ(q.min(), *std::ranges::min_element(values));
    EXPECT_EQ(q.max(), *std::ranges::max_element(values));
    EXPECT_LT(worst_rank_error(q, values), 0.03) << "case " << c << ", " << values.size() << " values";   // 1.65 % in 99 of 100; the worst of 99 quantiles
    EXPECT_EQ(again(q), q);
    EXPECT_LT(q.memory_bytes(), 16u * 1024);
  }
}

TEST(QuantileLaws, FewValuesAreExact) {
  Quantiles q;
  for (int i = 1; i <= 101; ++i) q.add(i);
  EXPECT_EQ(q.at(0.5), 51);
  EXPECT_EQ(q.at(0), 1);
  EXPECT_EQ(q.at(1), 101);
  q.add(std::numeric_limits<double>::quiet_NaN());
  q.add(std::numeric_limits<double>::infinity());
  EXPECT_EQ(q.count(), 101u);
  EXPECT_NEAR(q.share_below(51), 50.0 / 101, 1e-9);
}

TEST(QuantileLaws, MergedPartsAreWithinTheBound) {
  for (int c = 0; c < cases(); ++c) {
    std::mt19937_64 random(std::uint64_t(c) + 900);
    const auto values = stream(c, 40'000, random);
    Quantiles all;
    for (std::size_t at = 0; at < values.size();) {
      const std::size_t n = std::min<std::size_t>(values.size() - at, 1 + random() % 9000);
      Quantiles part;
      part.add(std::span(values).subspan(at, n));
      all.merge(part);
      at += n;
    }
    EXPECT_EQ(all.count(), values.size());
    EXPECT_LT(worst_rank_error(all, values), 0.04) << "case " << c;
    EXPECT_LT(all.memory_bytes(), 24u * 1024);
  }
}

// Every count that is given is at least the true one, and too large by at most its error; who has more than 1/capacity is among them.
void expect_bounds(const Frequent& f, const std::map<std::uint64_t, std::uint64_t>& truth, std::uint64_t total, int c) {
  std::set<std::uint64_t> there;
  for (const auto& i : f.top(f.capacity())) {
    const auto real = truth.at(i.bits);
    EXPECT_LE(real, i.count) << "case " << c;
    EXPECT_LE(i.count - i.error, real) << "case " << c;
    there.insert(i.bits);
  }
  EXPECT_EQ(f.total(), total);
  for (const auto& [value, n] : truth)
    EXPECT_TRUE(there.contains(value) || double(n) <= 3.0 * double(total) / double(f.capacity())) << "case " << c << ": " << value << " with " << n << " of " << total;
}

TEST(FrequentLaws, CountsAreWithinTheirErrors) {
  for (int c = 0; c < cases(); ++c) {
    std::mt19937_64 random(std::uint64_t(c) + 31);
    std::map<std::uint64_t, std::uint64_t> truth, truth_b;
    Frequent f(32), other(32);
    const std::size_t n = 1 + random() % 20'000;
    const double skew = double(random() % 30) / 10;
    for (std::size_t i = 0; i < n; ++i) {
      const auto value = std::uint64_t(std::pow(double(random() % 100'000 + 1), skew)) % (c % 3 == 0 ? 20u : 100'000u);
      auto& to = i % 3 ? f : other;
      ++(i % 3 ? truth : truth_b)[value];
      to.add(hash_of(value), 0, value);
    }
    std::uint64_t total = 0, total_b = 0;
    for (const auto& [v, k] : truth) total += k;
    for (const auto& [v, k] : truth_b) total_b += k;
    expect_bounds(f, truth, total, c);
    EXPECT_TRUE(truth.size() > 32 || f.complete());
    EXPECT_EQ(again(f), f);
    f.merge(other);
    for (const auto& [v, k] : truth_b) truth[v] += k;
    expect_bounds(f, truth, total + total_b, c);
  }
}

TEST(FrequentLaws, TextsAreCutAtAWholeCharacterAndUniqueValuesAreNotCalledFrequent) {
  Frequent f(8);
  const std::string longer = std::string(63, 'x') + "é and more";
  for (int i = 0; i < 3; ++i) f.add(hash_of(std::string_view(longer)), 0, 0, longer);
  ASSERT_EQ(f.top(1).size(), 1u);
  EXPECT_EQ(f.top(1)[0].text, std::string(63, 'x'));
  EXPECT_EQ(f.top(1)[0].count, 3u);
  Frequent unique(8);
  for (std::int64_t i = 0; i < 1000; ++i) unique.add(hash_of(i), 0, std::uint64_t(i));
  EXPECT_TRUE(unique.top(8).empty());
}

TEST(HistogramLaws, CountsAreExactInEveryBin) {
  for (int c = 0; c < cases(); ++c) {
    std::mt19937_64 random(std::uint64_t(c) + 400);
    const auto values = stream(c, 1 + random() % 5000, random);
    AdaptiveHistogram h, left, right;
    for (std::size_t i = 0; i < values.size(); ++i) {
      h.add(values[i]);
      (i % 2 ? left : right).add(values[i]);
    }
    EXPECT_EQ(h.total(), values.size());
    for (const std::size_t most : {64u, 24u, 5u}) {
      const auto bins = h.bins(most);
      EXPECT_LE(bins.size(), most);
      for (const auto& b : bins)
        EXPECT_EQ(b.count, std::uint64_t(std::ranges::count_if(values, [&](double v) { return v >= b.from && v < b.to; }))) << "case " << c << " [" << b.from << ", " << b.to << ")";
    }
    EXPECT_EQ(again(h), h);
    left.merge(right);
    EXPECT_EQ(left, h) << "case " << c;
  }
}

TEST(HistogramLaws, AnyDoubleFits) {
  AdaptiveHistogram h;
  const double values[] = {0, 1e-310, -1e-300, 1, 1.7e308, -1.7e308, 5, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()};
  for (const double v : values) h.add(v);
  EXPECT_EQ(h.total(), 7u);
  std::uint64_t in_bins = 0;
  for (const auto& b : h.bins()) in_bins += b.count;
  EXPECT_EQ(in_bins, 7u);
  AdaptiveHistogram whole(0);
  for (int i = 1; i <= 9; ++i) whole.add(i, 10);
  ASSERT_EQ(whole.bins().size(), 9u);
  EXPECT_EQ(whole.bins()[0].from, 1);
  EXPECT_EQ(whole.bins()[8].count, 10u);
}

TEST(Shapes, SayWhatKindOfCharacterStandsWhere) {
  const auto shape = [](std::string_view text) {
    std::string out;
    shape_of(text, out);
    return out;
  };
  EXPECT_EQ(shape("User_1"), "Aaaa_9");
  EXPECT_EQ(shape("2026-11-27T14:31:52Z"), "9999-99-99A99:99:99A");
  EXPECT_EQ(shape("Tomás Ñandú"), "Aaaaa Aaaaa");
  EXPECT_EQ(shape("東京 42"), "aa 99");
  EXPECT_EQ(shape("🚕 x"), "🚕 a");
  EXPECT_EQ(shape("a\tb\x01\x7f"), "a a..");
  EXPECT_EQ(shape("a\xff\xfe"), "a??");
  EXPECT_EQ(shape("\u202E" "abc"), ".aaa");       // turns the direction of writing: never passed on
  EXPECT_EQ(shape(std::string(100, 'x')), std::string(40, 'a') + "…");
  EXPECT_EQ(shape(""), "");
}

}  // namespace
}  // namespace braid::observe
