// ApiVersions, Metadata, topics and their settings.
#include "requests.h"

namespace braid::parity {
namespace {

void api_versions(Script& s) {
  const auto theirs = s.quiet<ApiVersionsResponse>(ApiVersionsRequest{"parity", "1.0"}, 3);
  s.note("ranges", "error", std::to_string(theirs.error_code));
  for (const auto& api : wire::apis) {   // whatever a Kafka 4 client may use of what we offer is offered by both
    bool overlaps = false;
    for (const auto& range : theirs.api_keys) overlaps = overlaps || (range.api_key == std::int16_t(api.key) && range.min_version <= api.max && range.max_version >= api.served_min);
    s.note("ranges", std::string(api.name), overlaps ? "offered" : "missing");
  }
  for (std::int16_t v = 0; v <= 4; ++v) s.note("version " + std::to_string(v), "error", std::to_string(s.quiet<ApiVersionsResponse>(ApiVersionsRequest{"parity", "1.0"}, v).error_code));
  for (const char* name : {"", " ", "-x", "a b", "x-", "a.b-c", "ü"}) {
    const auto answer = s.quiet<ApiVersionsResponse>(ApiVersionsRequest{name, "1.0"}, 3);
    s.note("software name '" + std::string(name) + "'", "error", std::to_string(answer.error_code));
  }
  // A version from the future is answered in version 0, with error 35 and the range of ApiVersions.
  auto& other = s.connection(1);
  RequestHeader header{ApiKey::api_versions, 4, 7, "parity"};
  Bytes frame = frame_request(header, ApiVersionsRequest{"parity", "1.0"}).flat();
  store_be(frame.data() + 6, std::int16_t{99});
  s.send_raw(other, frame);
  const auto answer = other.receive();
  if (!answer) return s.note("version 99", "answer", "none");
  Reader in(*answer);
  in.be<std::int32_t>();
  const auto response = wire::decode<ApiVersionsResponse>(in.rest(), 0);
  s.note("version 99", "error", response ? std::to_string(response->error_code) : "not in version 0");
}

MetadataRequest metadata_of(std::vector<std::string> names, bool create) {
  MetadataRequest request;
  request.topics.emplace();
  for (auto& name : names) request.topics->push_back({{}, std::move(name)});
  request.allow_auto_topic_creation = create;
  return request;
}

void metadata(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic, 3);
  for (std::int16_t v = 0; v <= 12; ++v) s.ask<MetadataResponse>("known topic, version " + std::to_string(v), metadata_of({topic}, false), v);
  s.ask<MetadataResponse>("unknown, not to be made", metadata_of({s.name("absent")}, false), 8);
  for (const auto& bad : {std::string("a b"), std::string("."), std::string(".."), std::string(), std::string(250, 'x'), std::string("ä"), std::string("a/b")})
    s.ask<MetadataResponse>("name '" + bad.substr(0, 5) + "'", metadata_of({bad}, true), 8);
  s.ask<MetadataResponse>("one of two is there", metadata_of({topic, s.name("absent")}, false), 8);
  s.ask<MetadataResponse>("the same twice", metadata_of({topic, topic}, false), 8);
  s.ask<MetadataResponse>("none", metadata_of({}, false), 8);
  MetadataRequest all;
  for (std::int16_t v : {std::int16_t(1), std::int16_t(9)}) {
    const auto answer = s.quiet<MetadataResponse>(all, v);
    bool there = false;
    for (const auto& t : answer.topics) there = there || t.name == topic;
    s.note("all, version " + std::to_string(v), "the topic is there", there ? "yes" : "no");
  }
  MetadataRequest by_id;
  by_id.topics.emplace();
  by_id.topics->push_back({topic_id(s, topic), std::nullopt});
  s.ask<MetadataResponse>("by id", by_id, 12);
  by_id.topics->at(0).topic_id = Uuid{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  s.ask<MetadataResponse>("by an id that never was", by_id, 12);
  s.until<MetadataResponse>("made by asking", metadata_of({s.name("auto")}, true), 8, [](const MetadataResponse& r) { return r.topics.at(0).error_code == 0; });
  s.ask<DescribeClusterResponse>("cluster", DescribeClusterRequest{}, 0);
  s.ask<DescribeClusterResponse>("cluster, version 1", DescribeClusterRequest{}, 1);
}

void create_topics(Script& s) {
  for (std::int16_t v = 2; v <= 7; ++v) s.ask<CreateTopicsResponse>("version " + std::to_string(v), create_request(s.name("v" + std::to_string(v)), 2), v);
  const auto one = [&](const std::string& step, CreateTopicsRequest request) { s.ask<CreateTopicsResponse>(step, request, 7); };
  one("again", create_request(s.name("v7"), 2));
  one("default partitions", create_request(s.name("defaults"), -1, {}, -1));
  one("no partitions", create_request(s.name("zero"), 0));
  one("minus two partitions", create_request(s.name("minus"), -2));
  one("two replicas", create_request(s.name("rf2"), 1, {}, 2));
  one("no replicas", create_request(s.name("rf0"), 1, {}, 0));
  for (const auto& bad : {std::string("a b"), std::string("."), std::string(".."), std::string(), std::string(250, 'x'), std::string("a/b")}) one("name '" + bad.substr(0, 5) + "'", create_request(bad));
  one("longest name", create_request(std::string(249, 'y')));
  one("with a point", create_request(s.name("a.b")));
  one("collides with it", create_request(s.name("a_b")));
  one("unknown setting", create_request(s.name("setting"), 1, {{"no.such.setting", "1"}}));
  one("bad number", create_request(s.name("number"), 1, {{"retention.ms", "soon"}}));
  one("bad policy", create_request(s.name("policy"), 1, {{"cleanup.policy", "shred"}}));
  one("null value", create_request(s.name("null"), 1, {{"retention.ms", std::nullopt}}));
  one("out of range", create_request(s.name("range"), 1, {{"min.cleanable.dirty.ratio", "2"}}));
  one("settings", create_request(s.name("settings"), 1, {{"retention.ms", "1000"}, {"cleanup.policy", "compact,delete"}}));
  auto request = create_request(s.name("dry"), 3);
  request.validate_only = true;
  one("dry run", request);
  s.ask<MetadataResponse>("dry run leaves nothing", metadata_of({s.name("dry")}, false), 8);
  request = create_request(s.name("v7"), 3);
  request.validate_only = true;
  one("dry run of one that is there", request);
  request = create_request(s.name("twice"));
  request.topics.push_back(request.topics[0]);
  one("twice in one request", request);
  const auto assigned = [&](const std::string& step, std::int32_t partitions, std::int16_t replicas, std::vector<CreateTopicsRequest::Assignment> assignments) {
    auto r = create_request(s.name("assigned-" + step), partitions, {}, replicas);
    for (auto& c : r.topics[0].name) if (c == ' ') c = '_';
    r.topics[0].assignments = std::move(assignments);
    one("assigned: " + step, r);
  };
  assigned("good", -1, -1, {{0, {1}}, {1, {1}}});
  assigned("both ways", 2, 1, {{0, {1}}, {1, {1}}});
  assigned("gap", -1, -1, {{0, {1}}, {2, {1}}});
  assigned("strange broker", -1, -1, {{0, {7}}});
  assigned("empty", -1, -1, {{0, {}}});
  assigned("repeated broker", -1, -1, {{0, {1, 1}}});
  s.ask<CreateTopicsResponse>("nothing", CreateTopicsRequest{}, 7);
}

void delete_topics(Script& s) {
  for (std::int16_t v = 1; v <= 6; ++v) {
    const auto topic = s.name("v" + std::to_string(v));
    make_topic(s, topic);
    DeleteTopicsRequest request;
    request.timeout_ms = 30'000;
    if (v >= 6) request.topics.push_back({topic, {}});
    else request.topic_names.push_back(topic);
    s.ask<DeleteTopicsResponse>("version " + std::to_string(v), request, v);
    s.until<MetadataResponse>("gone, version " + std::to_string(v), metadata_of({topic}, false), 8, [](const MetadataResponse& r) { return r.topics.at(0).error_code != 0; });
    s.ask<DeleteTopicsResponse>("again, version " + std::to_string(v), request, v);
  }
  const auto topic = s.name("again");
  make_topic(s, topic);
  const auto first = topic_id(s, topic);
  DeleteTopicsRequest by_id;
  by_id.timeout_ms = 30'000;
  by_id.topics.push_back({std::nullopt, first});
  s.ask<DeleteTopicsResponse>("by id", by_id, 6);
  s.until<MetadataResponse>("gone by id", metadata_of({topic}, false), 8, [](const MetadataResponse& r) { return r.topics.at(0).error_code != 0; });
  make_topic(s, topic);
  s.note("made again", "another id", topic_id(s, topic) == first ? "no" : "yes");
  s.ask<DeleteTopicsResponse>("by the id of the old one", by_id, 6);
  DeleteTopicsRequest twice;
  twice.timeout_ms = 30'000;
  twice.topics = {{topic, {}}, {topic, {}}};
  s.ask<DeleteTopicsResponse>("the same name twice", twice, 6);
  twice.topics = {{std::nullopt, first}, {std::nullopt, first}};
  s.ask<DeleteTopicsResponse>("the same id twice", twice, 6);
  DeleteTopicsRequest both;
  both.timeout_ms = 30'000;
  both.topics.push_back({topic, first});
  s.ask<DeleteTopicsResponse>("by name and id", both, 6);
}

void create_partitions(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic, 2);
  const auto grow = [&](const std::string& step, const std::string& name, std::int32_t count, bool dry = false, std::optional<std::vector<CreatePartitionsRequest::Assignment>> to = {}, std::int16_t v = 3) {
    CreatePartitionsRequest request;
    request.timeout_ms = 30'000;
    request.validate_only = dry;
    request.topics.push_back({name, count, std::move(to)});
    s.ask<CreatePartitionsResponse>(step, request, v);
  };
  grow("fewer", topic, 1);
  grow("as many", topic, 2);
  grow("none", topic, 0);
  grow("of an unknown topic", s.name("absent"), 3);
  grow("dry", topic, 5, true);
  grow("assigned too few", topic, 4, false, {{{{1}}}});
  grow("assigned to nobody", topic, 3, false, {{{{9}}}});
  grow("assigned", topic, 3, false, {{{{1}}}});
  for (std::int16_t v = 0; v <= 3; ++v) grow("version " + std::to_string(v), topic, 4 + v, false, {}, v);
  s.until<MetadataResponse>("seven", metadata_of({topic}, false), 8, [](const MetadataResponse& r) { return r.topics.at(0).partitions.size() == 7; });
  CreatePartitionsRequest twice;
  twice.timeout_ms = 30'000;
  twice.topics = {{topic, 8, {}}, {topic, 9, {}}};
  s.ask<CreatePartitionsResponse>("twice in one request", twice, 3);
}

DescribeConfigsRequest configs_of(std::int8_t type, const std::string& name, std::optional<std::vector<std::string>> keys = {}, bool synonyms = false) {
  DescribeConfigsRequest request;
  request.resources.push_back({type, name, std::move(keys)});
  request.include_synonyms = synonyms;
  return request;
}

void configs(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic, 1, {{"retention.ms", "12345"}});
  s.ask<DescribeConfigsResponse>("all of a topic", configs_of(2, topic), 4);
  s.ask<DescribeConfigsResponse>("synonyms", configs_of(2, topic, {{"retention.ms", "cleanup.policy", "max.message.bytes", "segment.ms"}}, true), 4);
  for (std::int16_t v = 1; v <= 4; ++v) s.ask<DescribeConfigsResponse>("one, version " + std::to_string(v), configs_of(2, topic, {{"retention.ms", "retention.bytes"}}), v);
  s.ask<DescribeConfigsResponse>("an unknown key", configs_of(2, topic, {{"no.such.key"}}), 4);
  s.ask<DescribeConfigsResponse>("no keys", configs_of(2, topic, std::vector<std::string>{}), 4);
  s.ask<DescribeConfigsResponse>("of an unknown topic", configs_of(2, s.name("absent")), 4);
  s.ask<DescribeConfigsResponse>("of a bad name", configs_of(2, "a b"), 4);
  s.ask<DescribeConfigsResponse>("of another broker", configs_of(4, "7", {{"num.partitions"}}), 4);
  s.ask<DescribeConfigsResponse>("of a broker without number", configs_of(4, "x", {{"num.partitions"}}), 4);
  s.ask<DescribeConfigsResponse>("of an unknown kind", configs_of(3, "x"), 4);
  const std::vector<std::string> broker_keys{"auto.create.topics.enable", "num.partitions", "log.retention.hours", "log.segment.bytes", "message.max.bytes", "broker.id", "offsets.retention.minutes",
                                             "group.min.session.timeout.ms", "group.max.session.timeout.ms", "transaction.max.timeout.ms", "compression.type", "delete.topic.enable"};
  s.ask<DescribeConfigsResponse>("of the broker", configs_of(4, "1", broker_keys), 4);

  const auto change = [&](const std::string& step, const std::string& name, const std::string& key, std::int8_t operation, std::optional<std::string> value, bool dry = false, std::int16_t v = 1) {
    IncrementalAlterConfigsRequest request;
    request.resources.push_back({2, name, {{key, operation, std::move(value)}}});
    request.validate_only = dry;
    s.ask<IncrementalAlterConfigsResponse>(step, request, v);
  };
  const auto now = [&](const std::string& step, const std::vector<std::string>& keys) {
    Script::pause(300);   // Apache Kafka's broker learns of a change a moment after its controller answered
    s.ask<DescribeConfigsResponse>(step, configs_of(2, topic, keys), 4);
  };
  change("set", topic, "retention.ms", 0, "777", false, 0);
  now("after set", {"retention.ms"});
  change("set to nonsense", topic, "retention.ms", 0, "x");
  change("set below -1", topic, "retention.ms", 0, "-2");
  change("set unknown", topic, "no.such.key", 0, "1");
  change("set null", topic, "retention.ms", 0, std::nullopt);
  change("delete unknown", topic, "no.such.key", 1, std::nullopt);
  change("append to a list", topic, "cleanup.policy", 2, "compact");
  now("after append", {"cleanup.policy"});
  change("subtract from a list", topic, "cleanup.policy", 3, "delete");
  now("after subtract", {"cleanup.policy"});
  change("append to a number", topic, "retention.ms", 2, "1");
  change("dry", topic, "retention.ms", 0, "5", true);
  now("after dry", {"retention.ms"});
  change("delete", topic, "retention.ms", 1, std::nullopt);
  now("after delete", {"retention.ms"});
  change("operation 9", topic, "retention.ms", 9, "1");
  change("of an unknown topic", s.name("absent"), "retention.ms", 0, "1");
  IncrementalAlterConfigsRequest twice;
  twice.resources.push_back({2, topic, {{"retention.ms", 0, "1"}, {"retention.ms", 0, "2"}}});
  s.ask<IncrementalAlterConfigsResponse>("the same key twice", twice, 1);

  AlterConfigsRequest all;
  all.resources.push_back({2, topic, {{"segment.ms", "9999999"}}});
  for (std::int16_t v = 0; v <= 2; ++v) s.ask<AlterConfigsResponse>("all replaced, version " + std::to_string(v), all, v);
  now("after all", {"segment.ms", "cleanup.policy", "retention.ms"});
  all.resources[0].configs = {{"no.such.key", "1"}};
  s.ask<AlterConfigsResponse>("all replaced by unknown", all, 1);
  all.resources[0].resource_name = s.name("absent");
  s.ask<AlterConfigsResponse>("all of an unknown topic", all, 1);
}

}  // namespace

std::vector<Case> topic_cases() {
  return {{"api-versions", api_versions}, {"metadata", metadata}, {"create-topics", create_topics}, {"delete-topics", delete_topics}, {"create-partitions", create_partitions}, {"configs", configs}};
}

}  // namespace braid::parity
