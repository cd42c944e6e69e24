// What is known of one field of a topic: how often it was there, how many different values, where they lie, which are frequent, what they look like.
// Fed with whole columns. A plain value of one shard; copies are deep. Memory: at most limits::profile_field_bytes_max, whatever comes (field_profile_prop.cc).
// Kept as docs/formats/profiles.md says.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "data/column.h"
#include "observe/sketch/distinct.h"
#include "observe/sketch/frequent.h"
#include "observe/sketch/histogram.h"
#include "observe/sketch/quantiles.h"

namespace braid::observe {

// Buffers that are used again for each column. One per profiler; not thread-safe.
struct Scratch {
  std::vector<std::uint64_t> hashes;
  std::vector<double> numbers;
  std::vector<std::int64_t> wholes;
  std::vector<std::string_view> texts;
  std::string shape;
};

class FieldProfile {
 public:
  static constexpr std::size_t frequent_values = 128;
  static constexpr std::size_t frequent_shapes = 32;
  static constexpr std::size_t types_max = 4;              // different types that one field had, over versions of its schema

  // Adds the rows of a column. A nested column is only counted, and its lengths are measured; its parts come as columns of their own.
  void add(const data::Column& column, Scratch& scratch);
  void add_nulls(std::uint64_t n) { nulls_ += n; }
  void merge(const FieldProfile& other);

  std::uint64_t count() const { return count_; }           // without nulls
  std::uint64_t nulls() const { return nulls_; }
  const std::vector<std::string>& types() const { return types_; }
  const Distinct& distinct() const { return distinct_; }
  const Frequent& frequent() const { return frequent_; }
  const Quantiles* quantiles() const { return numbers_ ? &numbers_->quantiles : nullptr; }
  std::size_t memory_bytes() const;

  // The form of /api/v1 (section "fields" of a profile). `absent`: records that did not have the field at all.
  json::object to_json(const std::string& path, std::string_view side, std::uint64_t absent) const;

  void encode(Bytes& out) const;
  static Result<FieldProfile> decode(Reader& in);
  friend bool operator==(const FieldProfile& a, const FieldProfile& b);

 private:
  enum class Shown : std::uint8_t { none, boolean, whole, real, text, date, time, timestamp, blob };   // how a value is shown; kept with each of `frequent_`
  struct Numbers {
    explicit Numbers(bool whole) : histogram(whole ? 0 : -1000) {}
    Quantiles quantiles;
    AdaptiveHistogram histogram;
    std::int64_t whole_min = 0, whole_max = 0;             // exact, where the field only had whole numbers
    double mean = 0;                                       // of quantiles.count() values
    std::uint64_t not_numbers = 0;                         // NaN and infinities
    void add_mean(double other, std::uint64_t n);          // before the quantiles have them
    friend bool operator==(const Numbers&, const Numbers&) = default;
  };
  struct Texts {
    Frequent shapes{frequent_shapes};
    std::string min, max;                                  // at most Frequent::text_bytes_max bytes
    friend bool operator==(const Texts&, const Texts&) = default;
  };
  struct Lengths {
    std::uint64_t count = 0, min = 0, max = 0;
    double sum = 0;
    void add(std::uint64_t n);
    void merge(const Lengths& other);
    friend bool operator==(const Lengths&, const Lengths&) = default;
  };

  void note_type(const data::Type& type);
  void add_wholes(Shown shown, Scratch& scratch);
  void add_reals(Scratch& scratch);
  void add_texts(bool blob, Scratch& scratch);
  Numbers& numbers(bool whole);
  json::value shown(const Frequent::Item& item) const;
  static json::value number(double v, Shown as, bool whole);
  json::value number(double v) const { return number(v, shown_, whole_); }
  void numbers_to_json(json::object& out) const;

  std::vector<std::string> types_;
  Shown shown_ = Shown::none;
  bool whole_ = true;                                      // numbers were whole so far
  std::uint64_t count_ = 0, nulls_ = 0;
  Distinct distinct_;
  Frequent frequent_{frequent_values};
  std::unique_ptr<Numbers> numbers_;
  std::unique_ptr<Texts> texts_;
  Lengths lengths_;                                        // characters of texts, bytes of blobs, entries of lists and maps

 public:
  FieldProfile() = default;
  FieldProfile(const FieldProfile& other) { *this = other; }
  FieldProfile(FieldProfile&&) noexcept = default;
  FieldProfile& operator=(const FieldProfile& other);
  FieldProfile& operator=(FieldProfile&&) noexcept = default;
};

}  // namespace braid::observe
