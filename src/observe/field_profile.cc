#include "observe/field_profile.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/base64.h"
#include "base/clock.h"
#include "observe/sketch/hash.h"
#include "observe/sketch/shape.h"

namespace braid::observe {

using data::Column;
using data::Kind;

namespace {

constexpr std::size_t type_text_max = 100;

std::uint64_t characters(std::string_view utf8) {
  std::uint64_t n = 0;
  for (const char c : utf8) n += (std::uint8_t(c) & 0xC0) != 0x80;
  return n;
}

// Typed rows without the null ones.
template <class From, class To> void gather(std::span<const From> from, const Column& column, std::vector<To>& to) {
  to.clear();
  if (!column.any_null()) {
    to.assign(from.begin(), from.end());
    return;
  }
  for (std::size_t i = 0; i < from.size(); ++i)
    if (!column.null(i)) to.push_back(To(from[i]));
}

// Text of any bytes as something that JSON can carry.
std::string clean(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = std::uint8_t(text[i]);
    const std::size_t length = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    bool good = length > 0 && i + length <= text.size();
    for (std::size_t k = 1; good && k < length; ++k) good = (std::uint8_t(text[i + k]) & 0xC0) == 0x80;
    if (good && length == 3) good = !(c == 0xE0 && std::uint8_t(text[i + 1]) < 0xA0) && !(c == 0xED && std::uint8_t(text[i + 1]) > 0x9F);
    if (good && length == 4) good = !(c == 0xF0 && std::uint8_t(text[i + 1]) < 0x90) && !(c == 0xF4 && std::uint8_t(text[i + 1]) > 0x8F);
    if (good) out.append(text.substr(i, length));
    else out += "\uFFFD";
    i += good ? length : 1;
  }
  return out;
}

std::string two(std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); }
std::string time_text(std::int64_t ms) {
  const std::int64_t s = ms / 1000, rest = ms % 1000;
  std::string out = two(s / 3600) + ":" + two(s / 60 % 60) + ":" + two(s % 60);
  if (rest != 0) out += "." + std::string(rest < 10 ? "00" : rest < 100 ? "0" : "") + std::to_string(rest);
  return out;
}

// Are these milliseconds since 1970? From 2001 to 2100, and no other numbers in between.
constexpr std::int64_t epoch_ms_least = 978'307'200'000, epoch_ms_most = 4'102'444'800'000;

}  // namespace

// Weighted, not summed up: a sum of large numbers would overflow.
void FieldProfile::Numbers::add_mean(double other, std::uint64_t n) {
  if (n == 0) return;
  const double share = double(n) / double(quantiles.count() + n);
  mean = mean * (1 - share) + other * share;
}

void FieldProfile::Lengths::add(std::uint64_t n) {
  if (count == 0) min = max = n;
  min = std::min(min, n);
  max = std::max(max, n);
  sum += double(n);
  ++count;
}
void FieldProfile::Lengths::merge(const Lengths& other) {
  if (other.count == 0) return;
  if (count == 0) {
    *this = other;
    return;
  }
  min = std::min(min, other.min);
  max = std::max(max, other.max);
  sum += other.sum;
  count += other.count;
}

FieldProfile& FieldProfile::operator=(const FieldProfile& other) {
  if (this == &other) return *this;
  types_ = other.types_;
  shown_ = other.shown_;
  whole_ = other.whole_;
  count_ = other.count_;
  nulls_ = other.nulls_;
  distinct_ = other.distinct_;
  frequent_ = other.frequent_;
  numbers_ = other.numbers_ ? std::make_unique<Numbers>(*other.numbers_) : nullptr;
  texts_ = other.texts_ ? std::make_unique<Texts>(*other.texts_) : nullptr;
  lengths_ = other.lengths_;
  return *this;
}

void FieldProfile::note_type(const data::Type& type) {
  std::string text = type.is(Kind::struct_) ? "STRUCT" : std::string(type.text());
  if (text.size() > type_text_max) text = std::string(data::name_of(type.kind())) + "<…>";
  if (std::ranges::find(types_, text) != types_.end()) return;
  if (types_.size() < types_max) types_.push_back(std::move(text));
}

FieldProfile::Numbers& FieldProfile::numbers(bool whole) {
  if (!numbers_) {
    numbers_ = std::make_unique<Numbers>(whole);
    whole_ = whole;
  }
  if (!whole) whole_ = false;
  return *numbers_;
}

void FieldProfile::add_wholes(Shown shown, Scratch& scratch) {
  const auto& values = scratch.wholes;
  if (values.empty()) return;
  shown_ = shown_ == Shown::real ? Shown::real : shown;
  auto& n = numbers(true);
  const bool first = n.quantiles.count() == 0;
  const auto [least, most] = std::ranges::minmax_element(values);
  n.whole_min = first ? *least : std::min(n.whole_min, *least);
  n.whole_max = first ? *most : std::max(n.whole_max, *most);
  scratch.hashes.resize(values.size());
  scratch.numbers.resize(values.size());
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    scratch.hashes[i] = hash_of(values[i]);
    scratch.numbers[i] = double(values[i]);
    sum += scratch.numbers[i];
  }
  n.add_mean(sum / double(values.size()), values.size());
  distinct_.add(scratch.hashes);
  n.quantiles.add(scratch.numbers);
  for (const double v : scratch.numbers) n.histogram.add(v);
  for (std::size_t i = 0; i < values.size(); ++i) frequent_.add(scratch.hashes[i], std::uint8_t(shown), std::uint64_t(values[i]));
}

void FieldProfile::add_reals(Scratch& scratch) {
  const auto& values = scratch.numbers;
  if (values.empty()) return;
  auto& n = numbers(false);
  shown_ = Shown::real;
  scratch.hashes.resize(values.size());
  double mean = 0;
  std::uint64_t finite = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    scratch.hashes[i] = hash_of(values[i]);
    if (!std::isfinite(values[i])) continue;
    ++finite;
    mean += values[i] / double(values.size());
  }
  n.not_numbers += values.size() - finite;
  if (finite > 0) n.add_mean(finite == values.size() ? mean : mean * (double(values.size()) / double(finite)), finite);
  distinct_.add(scratch.hashes);
  n.quantiles.add(values);
  for (const double v : values) n.histogram.add(v);
  for (std::size_t i = 0; i < values.size(); ++i) frequent_.add(scratch.hashes[i], std::uint8_t(Shown::real), std::bit_cast<std::uint64_t>(values[i]));
}

void FieldProfile::add_texts(bool blob, Scratch& scratch) {
  const auto& values = scratch.texts;
  if (values.empty()) return;
  if (shown_ != Shown::real) shown_ = blob ? Shown::blob : Shown::text;
  scratch.hashes.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) scratch.hashes[i] = hash_of(values[i]);
  distinct_.add(scratch.hashes);
  for (std::size_t i = 0; i < values.size(); ++i) frequent_.add(scratch.hashes[i], std::uint8_t(blob ? Shown::blob : Shown::text), 0, values[i]);
  if (blob) {
    for (const auto v : values) lengths_.add(v.size());
    return;
  }
  if (!texts_) {
    texts_ = std::make_unique<Texts>();
    texts_->min = texts_->max = std::string(cut_text(values[0], Frequent::text_bytes_max));
  }
  for (const auto v : values) {
    lengths_.add(characters(v));
    if (v < texts_->min) texts_->min = std::string(cut_text(v, Frequent::text_bytes_max));
    else if (v > texts_->max) texts_->max = std::string(cut_text(v, Frequent::text_bytes_max));
    shape_of(v, scratch.shape);
    texts_->shapes.add(hash_of(std::string_view(scratch.shape)), std::uint8_t(Shown::text), 0, scratch.shape);
  }
}

void FieldProfile::add(const Column& column, Scratch& scratch) {
  note_type(column.type());
  std::uint64_t here = column.size();
  if (column.any_null())
    for (const auto v : column.valid()) here -= v == 0;
  count_ += here;
  nulls_ += column.size() - here;
  if (here == 0) return;
  switch (column.type().kind()) {
    case Kind::boolean:
      gather(column.bools(), column, scratch.wholes);
      if (shown_ == Shown::none) shown_ = Shown::boolean;
      for (const auto v : scratch.wholes) {
        const auto hash = hash_of(v);
        distinct_.add(hash);
        frequent_.add(hash, std::uint8_t(Shown::boolean), std::uint64_t(v));
      }
      return;
    case Kind::integer: case Kind::date: case Kind::time:
      gather(column.ints(), column, scratch.wholes);
      return add_wholes(column.type().is(Kind::date) ? Shown::date : column.type().is(Kind::time) ? Shown::time : Shown::whole, scratch);
    case Kind::bigint: case Kind::timestamp:
      gather(column.longs(), column, scratch.wholes);
      return add_wholes(column.type().is(Kind::timestamp) ? Shown::timestamp : Shown::whole, scratch);
    case Kind::double_:
      gather(column.doubles(), column, scratch.numbers);
      return add_reals(scratch);
    case Kind::decimal:
      scratch.numbers.clear();
      for (const auto& v : column.values())
        if (!v.null()) scratch.numbers.push_back(v.decimal().to_double());
      return add_reals(scratch);
    case Kind::string: case Kind::bytes:
      gather(column.texts(), column, scratch.texts);
      return add_texts(column.type().is(Kind::bytes), scratch);
    case Kind::array: case Kind::map:
      for (const auto& v : column.values())
        if (!v.null()) lengths_.add(v.holds<data::Array>() ? v.items().size() : v.entries().size());
      return;
    case Kind::struct_: return;
  }
}

void FieldProfile::merge(const FieldProfile& other) {
  for (const auto& t : other.types_)
    if (types_.size() < types_max && std::ranges::find(types_, t) == types_.end()) types_.push_back(t);
  if (shown_ == Shown::none || other.shown_ == Shown::real) shown_ = other.shown_;
  count_ += other.count_;
  nulls_ += other.nulls_;
  distinct_.merge(other.distinct_);
  frequent_.merge(other.frequent_);
  lengths_.merge(other.lengths_);
  if (other.numbers_) {
    const bool fresh = !numbers_;
    auto& n = numbers(other.whole_);
    const auto& o = *other.numbers_;
    n.whole_min = fresh ? o.whole_min : std::min(n.whole_min, o.whole_min);
    n.whole_max = fresh ? o.whole_max : std::max(n.whole_max, o.whole_max);
    n.add_mean(o.mean, o.quantiles.count());
    n.quantiles.merge(o.quantiles);
    n.histogram.merge(o.histogram);
    n.not_numbers += o.not_numbers;
  }
  if (other.texts_) {
    if (!texts_) texts_ = std::make_unique<Texts>(*other.texts_);
    else {
      texts_->shapes.merge(other.texts_->shapes);
      texts_->min = std::min(texts_->min, other.texts_->min);
      texts_->max = std::max(texts_->max, other.texts_->max);
    }
  }
}

std::size_t FieldProfile::memory_bytes() const {
  std::size_t out = sizeof *this + distinct_.memory_bytes() + frequent_.memory_bytes();
  for (const auto& t : types_) out += t.capacity();
  if (numbers_) out += sizeof *numbers_ + numbers_->quantiles.memory_bytes();
  if (texts_) out += sizeof *texts_ + texts_->shapes.memory_bytes() + texts_->min.capacity() + texts_->max.capacity();
  return out;
}

// --- as JSON

json::value FieldProfile::number(double v, Shown as, bool whole) {
  switch (as) {
    case Shown::timestamp: return json::value(iso8601(std::int64_t(v)));
    case Shown::date: return json::value(iso8601(std::int64_t(v) * 86'400'000).substr(0, 10));
    case Shown::time: return json::value(time_text(std::int64_t(v)));
    default: break;
  }
  if (whole && std::abs(v) < 9.2e18) return json::value(std::int64_t(v));
  return json::value(v);
}

json::value FieldProfile::shown(const Frequent::Item& item) const {
  const auto whole = std::int64_t(item.bits);
  switch (const auto as = Shown(item.kind); as) {
    case Shown::boolean: return json::value(item.bits != 0);
    case Shown::whole: return json::value(whole);
    case Shown::real: {
      const double v = std::bit_cast<double>(item.bits);
      return std::isfinite(v) ? json::value(v) : json::value(std::isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity");
    }
    case Shown::date: case Shown::time: case Shown::timestamp: return number(double(whole), as, true);
    case Shown::blob: return json::value("base64:" + base64(item.text));
    default: return json::value(clean(item.text));
  }
}

void FieldProfile::numbers_to_json(json::object& out) const {
  const auto& n = *numbers_;
  const auto& q = n.quantiles;
  if (q.count() == 0) return;
  const bool plain = shown_ == Shown::whole && whole_;
  out["min"] = plain ? json::value(n.whole_min) : number(q.min());
  out["max"] = plain ? json::value(n.whole_max) : number(q.max());
  const double mean = n.mean;
  if (std::isfinite(mean)) out["mean"] = shown_ == Shown::timestamp || shown_ == Shown::date || shown_ == Shown::time ? number(std::floor(mean)) : json::value(mean);
  static constexpr double shares[] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};
  static constexpr const char* names[] = {"p01", "p05", "p25", "p50", "p75", "p95", "p99"};
  const auto at = q.at(shares);
  json::object quantiles;
  for (std::size_t i = 0; i < at.size(); ++i) quantiles[names[i]] = number(at[i]);
  out["quantiles"] = std::move(quantiles);

  // Where most of the values lie in a small part of the range, bins of equal width show one bar: then by powers of two, from the sketch.
  json::array bins;
  const bool skewed = q.min() > 0 && at[3] > 0 && q.max() / at[3] > 100 && q.max() / q.min() > 1000;
  if (skewed) {
    const int low = std::ilogb(q.min()), high = std::ilogb(q.max());
    const int step = std::max(1, (high - low + 24) / 24);
    double below = 0;
    for (int e = low; e <= high; e += step) {
      const double to = std::ldexp(1.0, e + step);
      const double until = e + step > high ? 1 : q.share_below(to);
      bins.push_back(json::object{{"from", std::ldexp(1.0, e)}, {"to", to}, {"count", std::uint64_t(std::llround((until - below) * double(q.count())))}});
      below = until;
    }
  } else {
    for (const auto& b : n.histogram.bins()) bins.push_back(json::object{{"from", b.from}, {"to", b.to}, {"count", b.count}});
  }
  out["histogram"] = json::object{{"scale", skewed ? "log" : "linear"}, {"bins", std::move(bins)}};
  if (n.not_numbers > 0) out["not_numbers"] = n.not_numbers;
}

json::object FieldProfile::to_json(const std::string& path, std::string_view side, std::uint64_t absent) const {
  std::string type;
  for (const auto& t : types_) type += (type.empty() ? "" : " | ") + t;
  json::object out{{"path", clean(path)}, {"in", side}, {"type", type}, {"logical", nullptr}, {"count", count_}, {"nulls", nulls_}, {"absent", absent}, {"distinct", nullptr},
                   {"min", nullptr}, {"max", nullptr}, {"mean", nullptr}, {"quantiles", nullptr}, {"histogram", nullptr}, {"top", json::array()},
                   {"shapes", json::array()}, {"lengths", nullptr}};
  if (shown_ == Shown::timestamp) out["logical"] = "timestamp";
  else if (shown_ == Shown::date) out["logical"] = "date";
  else if (shown_ == Shown::time) out["logical"] = "time";
  else if (shown_ == Shown::whole && whole_ && numbers_ && numbers_->whole_min >= epoch_ms_least && numbers_->whole_max <= epoch_ms_most) out["logical"] = "epoch-ms";
  if (shown_ != Shown::none) {
    out["distinct"] = json::object{{"estimate", std::min(distinct_.estimate(), count_)}, {"error", distinct_.exact() ? 0.0 : Distinct::standard_error}};
    json::array top;
    for (const auto& item : frequent_.top(20))
      top.push_back(json::object{{"value", shown(item)}, {"count", item.count}, {"error", item.error}, {"share", double(item.count) / double(std::max<std::uint64_t>(1, frequent_.total()))}});
    out["top"] = std::move(top);
  }
  if (numbers_) numbers_to_json(out);
  if (texts_) {
    if (!numbers_) {
      out["min"] = clean(texts_->min);
      out["max"] = clean(texts_->max);
    }
    json::array shapes;
    for (const auto& item : texts_->shapes.top(10))
      shapes.push_back(json::object{{"shape", clean(item.text)}, {"count", item.count}, {"share", double(item.count) / double(std::max<std::uint64_t>(1, texts_->shapes.total()))}});
    out["shapes"] = std::move(shapes);
  }
  if (lengths_.count > 0) out["lengths"] = json::object{{"min", lengths_.min}, {"max", lengths_.max}, {"mean", lengths_.sum / double(lengths_.count)}};
  return out;
}

// --- as bytes

void FieldProfile::encode(Bytes& out) const {
  Writer w(out);
  const auto text = [&](std::string_view t) {
    w.uvarint(t.size());
    w.bytes(t);
  };
  w.uvarint(types_.size());
  for (const auto& t : types_) text(t);
  w.u8(std::uint8_t(shown_));
  w.u8(std::uint8_t((whole_ ? 1 : 0) | (numbers_ ? 2 : 0) | (texts_ ? 4 : 0)));
  w.uvarint(count_);
  w.uvarint(nulls_);
  distinct_.encode(out);
  frequent_.encode(out);
  w.uvarint(lengths_.count);
  w.uvarint(lengths_.min);
  w.uvarint(lengths_.max);
  w.le(std::bit_cast<std::uint64_t>(lengths_.sum));
  if (numbers_) {
    numbers_->quantiles.encode(out);
    numbers_->histogram.encode(out);
    w.varint(numbers_->whole_min);
    w.varint(numbers_->whole_max);
    w.le(std::bit_cast<std::uint64_t>(numbers_->mean));
    w.uvarint(numbers_->not_numbers);
  }
  if (texts_) {
    texts_->shapes.encode(out);
    text(texts_->min);
    text(texts_->max);
  }
}

Result<FieldProfile> FieldProfile::decode(Reader& in) {
  const auto bad = [] { return fail(ErrorCode::corrupt, "the profile of a field is cut short or not of this form"); };
  const auto text = [&](std::size_t most) -> std::optional<std::string> {
    const auto size = in.uvarint();
    if (!in.ok() || size > most) return std::nullopt;
    return std::string(in.bytes(size));
  };
  FieldProfile out;
  const auto types = in.uvarint();
  if (!in.ok() || types > types_max) return bad();
  for (std::uint64_t i = 0; i < types; ++i) {
    auto t = text(type_text_max + 40);
    if (!t) return bad();
    out.types_.push_back(*std::move(t));
  }
  const auto shown = in.u8(), flags = in.u8();
  if (!in.ok() || shown > std::uint8_t(Shown::blob) || flags > 7) return bad();
  out.shown_ = Shown(shown);
  out.whole_ = (flags & 1) != 0;
  out.count_ = in.uvarint();
  out.nulls_ = in.uvarint();
  TRY(out.distinct_, Distinct::decode(in));
  TRY(out.frequent_, Frequent::decode(in));
  if (out.frequent_.capacity() != frequent_values) return bad();
  out.lengths_.count = in.uvarint();
  out.lengths_.min = in.uvarint();
  out.lengths_.max = in.uvarint();
  out.lengths_.sum = std::bit_cast<double>(in.le<std::uint64_t>());
  if (!std::isfinite(out.lengths_.sum)) return bad();
  if (flags & 2) {
    out.numbers_ = std::make_unique<Numbers>(out.whole_);
    TRY(out.numbers_->quantiles, Quantiles::decode(in));
    TRY(out.numbers_->histogram, AdaptiveHistogram::decode(in));
    out.numbers_->whole_min = in.varint();
    out.numbers_->whole_max = in.varint();
    out.numbers_->mean = std::bit_cast<double>(in.le<std::uint64_t>());
    out.numbers_->not_numbers = in.uvarint();
    if (std::isnan(out.numbers_->mean)) return bad();
  }
  if (flags & 4) {
    out.texts_ = std::make_unique<Texts>();
    TRY(out.texts_->shapes, Frequent::decode(in));
    if (out.texts_->shapes.capacity() != frequent_shapes) return bad();
    auto min = text(Frequent::text_bytes_max), max = text(Frequent::text_bytes_max);
    if (!min || !max) return bad();
    out.texts_->min = *std::move(min);
    out.texts_->max = *std::move(max);
  }
  if (!in.ok()) return bad();
  return out;
}

bool operator==(const FieldProfile& a, const FieldProfile& b) {
  const auto same = [](const auto& x, const auto& y) { return bool(x) == bool(y) && (!x || *x == *y); };
  return a.types_ == b.types_ && a.shown_ == b.shown_ && a.whole_ == b.whole_ && a.count_ == b.count_ && a.nulls_ == b.nulls_ && a.distinct_ == b.distinct_ && a.frequent_ == b.frequent_ &&
         same(a.numbers_, b.numbers_) && same(a.texts_, b.texts_) && a.lengths_ == b.lengths_;
}

}  // namespace braid::observe
