#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "wire/all_messages.h"
#include "wire/error_code.h"

namespace braid::wire {
namespace {

// Fills any declared message with random values, by its own declaration.
struct Random {
  std::mt19937_64 engine;
  std::size_t below(std::size_t n) { return std::size_t(engine() % n); }
  Bytes bytes() {
    Bytes b(below(12), '\0');
    for (auto& c : b) c = char(engine());
    return b;
  }
  template <class T> void fill(T& out) {
    if constexpr (std::is_same_v<T, bool>) out = below(2) == 1;
    else if constexpr (std::is_integral_v<T>) out = T(engine() >> below(64));
    else if constexpr (std::is_same_v<T, double>) out = double(engine() >> below(64));
    else if constexpr (std::is_same_v<T, std::string>) out = bytes();
    else if constexpr (std::is_same_v<T, Blob>) out.bytes = bytes();
    else if constexpr (std::is_same_v<T, Uuid>) for (auto& b : out) b = std::uint8_t(engine());
    else if constexpr (std::is_same_v<T, Records>) {
      auto owner = std::make_shared<Bytes>(bytes() + "x");
      out.pieces.push_back({BytesView(*owner), owner});
    } else fill_structured(out);
  }
  template <class T> void fill_structured(std::optional<T>& out) {
    if (below(3) == 0) return out.reset();
    fill(out.emplace());
  }
  template <class T> void fill_structured(std::vector<T>& out) {
    out.clear();
    for (auto n = below(4); n > 0; --n) fill(out.emplace_back());
  }
  template <class T> requires requires { T::fields(); } void fill_structured(T& out) {
    std::apply([&](const auto&... f) { (fill(out.*f.member), ...); }, T::fields());
  }
};

// decode(encode(x)) keeps everything that the version has: encoding it again gives the same bytes.
template <class M> void round_trip(Random& random) {
  const auto& api = *find_api(M::message.api);
  for (auto version = api.served_min; version <= api.max; ++version) {
    for (int i = 0; i < 40; ++i) {
      M message;
      random.fill(message);
      Gather out;
      encode(message, version, out);
      const Bytes wire = out.flat();
      ASSERT_EQ(wire.size(), encoded_size(message, version)) << api.name << " v" << version;
      const auto back = decode<M>(wire, version);
      ASSERT_TRUE(back) << back.error().text();
      Gather again;
      encode(*back, version, again);
      ASSERT_EQ(again.flat(), wire) << api.name << " v" << version;
      // Cut anywhere it is an error or a shorter message, never more; the sanitizer build looks at the rest.
      if (!wire.empty()) (void)decode<M>(BytesView(wire).substr(0, random.below(wire.size())), version);
      Bytes broken = wire;
      if (!broken.empty()) broken[random.below(broken.size())] = char(random.engine());
      (void)decode<M>(broken, version);
    }
  }
}
TEST(WireProperty, EveryMessageInEveryVersionRoundTrips) {
  Random random{std::mt19937_64(7)};
  for_each_message(AllMessages{}, [&]<class M>() { round_trip<M>(random); });
}

TEST(Wire, BytesAreKafkas) {   // checked by hand against the message definitions
  HeartbeatRequest request;
  request.group_id = "g";
  request.generation_id = 3;
  request.member_id = "m1";
  Gather old, flexible;
  encode(request, 3, old);
  EXPECT_EQ(old.flat(), Bytes("\0\1g\0\0\0\3\0\2m1\xff\xff", 13));
  encode(request, 4, flexible);
  EXPECT_EQ(flexible.flat(), Bytes("\2g\0\0\0\3\3m1\0\0", 11));
}

TEST(Wire, FramesHaveHeadersAsKafkaWantsThem) {
  const Bytes v3 = frame_response(9, ApiVersionsResponse{}, 3).flat();
  EXPECT_EQ(v3, Bytes("\0\0\0\x0c\0\0\0\x09\0\0\1\0\0\0\0\0", 16));   // header v0 although the body is flexible
  const Bytes heartbeat = frame_response(9, HeartbeatResponse{}, 4).flat();
  EXPECT_EQ(heartbeat, Bytes("\0\0\0\x0c\0\0\0\x09\0\0\0\0\0\0\0\0", 16));
  RequestHeader header{ApiKey::heartbeat, 4, 77, "me"};
  const Bytes frame = frame_request(header, HeartbeatRequest{}).flat();
  Reader in(frame);
  EXPECT_EQ(in.be<std::uint32_t>(), frame.size() - 4);
  const auto back = read_request_header(in);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->correlation_id, 77);
  EXPECT_EQ(back->client_id, "me");
  EXPECT_TRUE(decode<HeartbeatRequest>(in.rest(), 4));
}

TEST(Wire, UnknownTaggedFieldsAreSkipped) {
  Bytes body("\2g\0\0\0\3\3m1\0", 10);
  body += Bytes("\1\x63\2ab", 5);   // one tag, number 99, two bytes
  const auto back = decode<HeartbeatRequest>(body, 4);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->member_id, "m1");
}

TEST(Wire, ErrorsNameTheField) {
  EXPECT_EQ(decode<HeartbeatRequest>(Bytes("\0\5g", 3), 0).error().message, "Heartbeat request v0: field group_id is longer than the frame");
  EXPECT_EQ(decode<MetadataRequest>(Bytes("\xff\xff\xff\xff", 4), 0).error().message, "Metadata request v0: field topics may not be null in this version");
  // 2,000,000,000 elements claimed in a frame of six bytes must not be believed
  EXPECT_EQ(decode<DescribeGroupsRequest>(Bytes("\x77\x35\x94\0\0\0", 6), 0).error().message, "DescribeGroups request v0: field groups is longer than the frame");
}

TEST(Wire, RecordsGoOutUncopied) {
  FetchResponse response;
  auto& partition = response.responses.emplace_back().partitions.emplace_back();
  const auto stored = std::make_shared<const Bytes>(1000, 'r');
  partition.records.emplace().pieces.push_back({BytesView(*stored), stored});
  const Gather frame = frame_response(1, response, 11);
  bool same = false;
  for (auto piece : frame.pieces()) same = same || piece.data() == stored->data();
  EXPECT_TRUE(same);
}

TEST(WireApis, OverlapTheFeatureTestsOfOldClients) {   // reference: the ApiVersions traps of librdkafka before 2.11.1
  const auto covers = [](ApiKey key, int version) {
    const auto* api = find_api(key);
    return api != nullptr && api->min <= version && version <= api->max;
  };
  for (int v : {0, 3, 7}) EXPECT_TRUE(covers(ApiKey::produce, v));
  for (int v : {4, 10}) EXPECT_TRUE(covers(ApiKey::fetch, v));
  for (auto key : {ApiKey::find_coordinator, ApiKey::join_group, ApiKey::sync_group, ApiKey::heartbeat, ApiKey::leave_group, ApiKey::init_producer_id}) EXPECT_TRUE(covers(key, 0));
  for (int v : {1, 2}) EXPECT_TRUE(covers(ApiKey::offset_commit, v));
  EXPECT_TRUE(covers(ApiKey::offset_fetch, 1));
  EXPECT_TRUE(covers(ApiKey::list_offsets, 1));
}

TEST(WirePage, IsTheOneInTheDocs) {
  const std::string path = std::string(BRAID_SOURCE_DIR) + "/docs/formats/kafka-protocol.md";
  if (std::getenv("UPDATE") != nullptr) std::ofstream(path) << protocol_page();
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), protocol_page()) << "run the test with UPDATE=1 and look at the difference";
}

TEST(WireErrors, HaveNames) {
  EXPECT_EQ(name_of(KafkaError::group_id_not_empty), "NON_EMPTY_GROUP");
  EXPECT_EQ(name_of(KafkaError(9999)), "");
}

}  // namespace
}  // namespace braid::wire
