// Reader, writer, size and documentation of declared messages. Included by the .cc files that hold messages, once each, and by nothing else:
// BRAID_WIRE_MESSAGE(M) there instantiates all four for M.
#pragma once
#include <bit>
#include <type_traits>

#include "base/limits/kafka.h"
#include "wire/message.h"

namespace braid::wire::detail {

template <class T> struct optional_of : std::false_type { using value_type = T; };
template <class T> struct optional_of<std::optional<T>> : std::true_type { using value_type = T; };
template <class T> struct vector_of : std::false_type {};
template <class T> struct vector_of<std::vector<T>> : std::true_type { using value_type = T; };
template <class T> concept Structure = requires { T::fields(); };

struct In {
  Reader in;
  std::int16_t version;
  bool flexible;
  std::size_t elements_left = limits::kafka_array_elements_max;   // of all arrays of the message together
  std::string_view failed{};                                      // the innermost field that could not be read
  std::string_view why{};

  void fail_at(std::string_view field, std::string_view reason) {
    if (failed.empty()) { failed = field; why = reason; }
    in.set_failed();
  }
};

// Length of a string, byte string, records or array: -1 is null.
inline std::int64_t read_length(In& d, bool short_form) {
  if (d.flexible) {
    const auto n = d.in.uvarint();
    return n > 0x7fffffffu ? -2 : std::int64_t(n) - 1;
  }
  return short_form ? std::int64_t(d.in.be<std::int16_t>()) : std::int64_t(d.in.be<std::int32_t>());
}

template <class T> void read_fields(In& d, T& out);

template <class T> void read_element(In& d, std::string_view name, T& out) {
  if constexpr (std::is_same_v<T, bool>) out = d.in.u8() != 0;
  else if constexpr (std::is_integral_v<T>) out = d.in.template be<T>();
  else if constexpr (std::is_same_v<T, double>) out = std::bit_cast<double>(d.in.template be<std::uint64_t>());
  else if constexpr (std::is_same_v<T, Uuid>) {
    const auto bytes = d.in.bytes(out.size());
    if (bytes.size() == out.size()) std::memcpy(out.data(), bytes.data(), out.size());
  } else if constexpr (Structure<T>) read_fields(d, out);
  else static_assert(std::is_same_v<T, void>, "no such wire type");
  if (!d.in.ok()) d.fail_at(name, "ends too early");
}

// Types with a length in front. False: it is null.
template <class T> bool read_sized(In& d, std::string_view name, T& out) {
  const auto n = read_length(d, std::is_same_v<T, std::string>);
  if (n < 0) {
    if (n < -1) d.fail_at(name, "has an impossible length");
    return false;
  }
  if (std::uint64_t(n) > d.in.remaining()) {
    d.fail_at(name, "is longer than the frame");
    return true;
  }
  if constexpr (std::is_same_v<T, std::string>) out = d.in.bytes(std::size_t(n));
  else if constexpr (std::is_same_v<T, Blob>) out.bytes = d.in.bytes(std::size_t(n));
  else if constexpr (std::is_same_v<T, Records>) out.pieces.assign(1, Piece{d.in.bytes(std::size_t(n))});
  else {
    if (std::size_t(n) > d.elements_left) {
      d.fail_at(name, "has too many elements");
      return true;
    }
    d.elements_left -= std::size_t(n);
    out.clear();
    using E = typename T::value_type;
    for (std::int64_t i = 0; i < n && d.in.ok(); ++i) {   // no reserve: an element count is a claim until its bytes are there
      E element{};
      if constexpr (std::is_same_v<E, std::string>) {
        if (!read_sized(d, name, element)) d.fail_at(name, "may not be null");
      } else {
        read_element(d, name, element);
      }
      out.push_back(std::move(element));
    }
  }
  return true;
}

template <class T> constexpr bool is_sized = std::is_same_v<T, std::string> || std::is_same_v<T, Blob> || std::is_same_v<T, Records> || vector_of<T>::value;

template <class S, class T> void read_field(In& d, const Field<S, T>& f, S& out) {
  T& member = out.*f.member;
  using V = typename optional_of<T>::value_type;
  if constexpr (optional_of<T>::value && Structure<V>) {   // a byte says whether it is there
    member.reset();
    if (static_cast<std::int8_t>(d.in.u8()) >= 0) {
      V value{};
      read_element(d, f.name, value);
      member = std::move(value);
    } else if (!f.nullable.contain(d.version)) d.fail_at(f.name, "may not be null in this version");
    if (!d.in.ok()) d.fail_at(f.name, "ends too early");
  } else if constexpr (optional_of<T>::value) {
    static_assert(is_sized<V>, "only structures and types with a length have a null");
    V value{};
    if (read_sized(d, f.name, value)) {
      member = std::move(value);
    } else {
      member.reset();
      if (!f.nullable.contain(d.version)) d.fail_at(f.name, "may not be null in this version");
    }
  } else if constexpr (is_sized<V>) {
    if (!read_sized(d, f.name, member)) d.fail_at(f.name, "may not be null");
  } else {
    read_element(d, f.name, member);
  }
}

template <class T> void read_fields(In& d, T& out) {
  std::apply([&](const auto&... f) { ((f.tag < 0 && f.versions.contain(d.version) && d.in.ok() ? read_field(d, f, out) : void()), ...); }, T::fields());
  if (!d.flexible || !d.in.ok()) return;
  for (auto left = d.in.uvarint(); left > 0 && d.in.ok(); --left) {
    const auto tag = d.in.uvarint();
    const auto size = d.in.uvarint();
    if (size > d.in.remaining()) return d.fail_at("tagged fields", "are longer than the frame");
    const auto bytes = d.in.bytes(std::size_t(size));
    In inner{Reader(bytes), d.version, true, d.elements_left};
    std::apply([&](const auto&... f) { ((f.tag >= 0 && std::uint64_t(f.tag) == tag && f.versions.contain(d.version) ? read_field(inner, f, out) : void()), ...); },
               T::fields());   // unknown tags are skipped, as KIP-482 asks
    d.elements_left = inner.elements_left;
    if (!inner.in.ok()) return d.fail_at(inner.failed, inner.why);
  }
  if (!d.in.ok()) d.fail_at("tagged fields", "end too early");
}

// Counts what a Gather would hold.
struct Counter {
  std::size_t n = 0;
  template <class T> void be(T) { n += sizeof(T); }
  void u8(std::uint8_t) { ++n; }
  void uvarint(std::uint64_t v) { do ++n; while (v >>= 7); }
  void bytes(BytesView v) { n += v.size(); }
  void share(const Piece& p) { n += p.bytes.size(); }
};

template <class Sink> void write_length(Sink& out, bool flexible, bool short_form, std::int64_t n) {
  if (flexible) out.uvarint(std::uint64_t(n + 1));
  else if (short_form) out.template be<std::int16_t>(std::int16_t(n));
  else out.template be<std::int32_t>(std::int32_t(n));
}

template <class T, class Sink> void write_fields(Sink& out, const T& in, std::int16_t version, bool flexible);

template <class T, class Sink> void write_value(Sink& out, const T& in, std::int16_t version, bool flexible) {
  if constexpr (std::is_same_v<T, bool>) out.u8(in ? 1 : 0);
  else if constexpr (std::is_integral_v<T>) out.be(in);
  else if constexpr (std::is_same_v<T, double>) out.be(std::bit_cast<std::uint64_t>(in));
  else if constexpr (std::is_same_v<T, Uuid>) out.bytes(BytesView(reinterpret_cast<const char*>(in.data()), in.size()));
  else if constexpr (std::is_same_v<T, std::string>) {
    const auto text = BytesView(in).substr(0, 32767);   // STRING cannot be longer; only our own messages ever are
    write_length(out, flexible, true, std::int64_t(text.size()));
    out.bytes(text);
  } else if constexpr (std::is_same_v<T, Blob>) {
    write_length(out, flexible, false, std::int64_t(in.bytes.size()));
    out.bytes(in.bytes);
  } else if constexpr (std::is_same_v<T, Records>) {
    write_length(out, flexible, false, std::int64_t(in.size()));
    for (const auto& piece : in.pieces) out.share(piece);
  } else if constexpr (vector_of<T>::value) {
    write_length(out, flexible, false, std::int64_t(in.size()));
    for (const auto& element : in) write_value(out, element, version, flexible);
  } else {
    write_fields(out, in, version, flexible);
  }
}

template <class T, class Sink> void write_maybe(Sink& out, const T& in, const Versions& nullable, std::int16_t version, bool flexible) {
  if constexpr (optional_of<T>::value) {
    using V = typename optional_of<T>::value_type;
    if constexpr (Structure<V>) {
      out.u8(in ? 1 : 0xff);
      if (in) write_value(out, *in, version, flexible);
    } else if (in) write_value(out, *in, version, flexible);
    else if (nullable.contain(version)) write_length(out, flexible, std::is_same_v<V, std::string>, -1);
    else write_value(out, V{}, version, flexible);   // a version without a null gets the empty value
  } else {
    write_value(out, in, version, flexible);
  }
}

// A tagged field that has its initial value is left out.
template <class S, class T> bool tag_is_sent(const Field<S, T>& f, const S& in, std::int16_t version) {
  if (f.tag < 0 || !f.versions.contain(version)) return false;
  if constexpr (optional_of<T>::value) return (in.*f.member).has_value();
  else if constexpr (vector_of<T>::value || std::is_same_v<T, std::string>) return !(in.*f.member).empty();
  else if constexpr (std::is_integral_v<T>) return in.*f.member != S{}.*f.member;
  else return false;   // no message has a tagged field of another type
}

template <class T, class Sink> void write_fields(Sink& out, const T& in, std::int16_t version, bool flexible) {
  std::apply(
      [&](const auto&... f) {
        ((f.tag < 0 && f.versions.contain(version) ? write_maybe(out, in.*f.member, f.nullable, version, flexible) : void()), ...);
        if (!flexible) return;
        const std::size_t sent = (std::size_t(tag_is_sent(f, in, version)) + ... + 0);
        out.uvarint(sent);
        const auto write_tag = [&](const auto& one) {   // fields() lists tags in ascending order, as the wire wants them
          if (!tag_is_sent(one, in, version)) return;
          Gather value;
          write_maybe(value, in.*one.member, one.nullable, version, flexible);
          out.uvarint(std::uint64_t(one.tag));
          out.uvarint(value.size());
          out.bytes(value.flat());
        };
        (write_tag(f), ...);
      },
      T::fields());
}

template <class T> std::string type_text() {
  if constexpr (optional_of<T>::value) return type_text<typename optional_of<T>::value_type>() + "?";
  else if constexpr (std::is_same_v<T, bool>) return "bool";
  else if constexpr (std::is_integral_v<T>) return "int" + std::to_string(8 * sizeof(T));
  else if constexpr (std::is_same_v<T, double>) return "float64";
  else if constexpr (std::is_same_v<T, Uuid>) return "uuid";
  else if constexpr (std::is_same_v<T, std::string>) return "string";
  else if constexpr (std::is_same_v<T, Blob>) return "bytes";
  else if constexpr (std::is_same_v<T, Records>) return "records";
  else if constexpr (vector_of<T>::value) return "[" + type_text<typename T::value_type>() + "]";
  else return "struct";
}

inline std::string versions_text(const Versions& v, const Api& api) {
  const auto from = std::max(v.from, api.served_min);
  const auto to = std::min(v.to, api.max);
  return from == to ? std::to_string(from) : std::to_string(from) + "-" + std::to_string(to);
}

template <class T> void describe_fields(std::string& out, const std::string& prefix, const Api& api) {
  const auto line = [&]<class S, class F>(const Field<S, F>& f) {
    out += "| " + prefix + std::string(f.name) + " | " + type_text<F>() + " | " + versions_text(f.versions, api) + " | " +
           (optional_of<F>::value ? versions_text({std::max(f.nullable.from, f.versions.from), f.versions.to}, api) : "") + " | " +
           (f.tag >= 0 ? std::to_string(f.tag) : "") + " |\n";
    using V = typename optional_of<F>::value_type;
    if constexpr (vector_of<V>::value) {
      if constexpr (Structure<typename V::value_type>) describe_fields<typename V::value_type>(out, prefix + std::string(f.name) + "[].", api);
    } else if constexpr (Structure<V>) {
      describe_fields<V>(out, prefix + std::string(f.name) + ".", api);
    }
  };
  std::apply([&](const auto&... f) { (line(f), ...); }, T::fields());
}

inline std::string message_name(const Message& m) {
  return std::string(find_api(m.api)->name) + (m.direction == Direction::request ? " request" : " response");
}

}  // namespace braid::wire::detail

namespace braid::wire {

template <class M> Result<M> decode(BytesView body, std::int16_t version) {
  detail::In d{Reader(body), version, find_api(M::message.api)->flexible(version)};
  M out;
  detail::read_fields(d, out);
  if (!d.in.ok())
    return fail(ErrorCode::invalid_input, detail::message_name(M::message) + " v" + std::to_string(version) + ": field " + std::string(d.failed) + " " + std::string(d.why));
  return out;   // bytes behind the last field are let pass, as Kafka does
}
template <class M> void encode(const M& message, std::int16_t version, Gather& out) {
  detail::write_fields(out, message, version, find_api(M::message.api)->flexible(version));
}
template <class M> std::size_t encoded_size(const M& message, std::int16_t version) {
  detail::Counter counter;
  detail::write_fields(counter, message, version, find_api(M::message.api)->flexible(version));
  return counter.n;
}
template <class M> std::string describe() {
  std::string out = "#### " + detail::message_name(M::message) + "\n\n| field | type | versions | null in | tag |\n|---|---|---|---|---|\n";
  detail::describe_fields<M>(out, "", *find_api(M::message.api));
  return out;
}

}  // namespace braid::wire

#define BRAID_WIRE_MESSAGE(M) \
  template ::braid::Result<M> braid::wire::decode<M>(::braid::BytesView, std::int16_t); \
  template void braid::wire::encode<M>(const M&, std::int16_t, ::braid::wire::Gather&); \
  template std::size_t braid::wire::encoded_size<M>(const M&, std::int16_t); \
  template std::string braid::wire::describe<M>();
