// Transactions (KIP-98, KIP-360): visibility, markers, fencing, offsets, administration; and those of version 2 (KIP-890).
#include "requests.h"

namespace braid::parity {
namespace {

InitProducerIdRequest init_request(std::optional<std::string> id, std::int32_t timeout_ms = 60'000) {
  InitProducerIdRequest request;
  request.transactional_id = std::move(id);
  request.transaction_timeout_ms = timeout_ms;
  return request;
}

// An instance of a transactional producer.
struct Instance {
  Script& s;
  std::string id;
  std::int64_t producer = -1;
  std::int16_t epoch = -1;
  std::map<std::string, std::int32_t> sequences{};

  void be(const Instance& other) {
    producer = other.producer;
    epoch = other.epoch;
    sequences = other.sequences;
  }
  void start(const std::string& step) {   // asks again while the coordinator is busy, as clients do
    InitProducerIdResponse answer;
    for (int i = 0; i < 300; ++i) {
      answer = s.quiet<InitProducerIdResponse>(init_request(id), 4);
      if (answer.error_code != 51 && answer.error_code != 14 && answer.error_code != 15 && answer.error_code != 16) break;
      Script::pause(100);
    }
    s.note_message(step, answer, 4);
    producer = answer.producer_id;
    epoch = answer.producer_epoch;
    sequences.clear();
  }
  std::int16_t add(const std::string& step, const std::string& topic, std::int32_t partition = 0, std::int16_t version = 3) {
    AddPartitionsToTxnRequest request;
    request.transactional_id = id;
    request.producer_id = producer;
    request.producer_epoch = epoch;
    request.topics.push_back({topic, {partition}});
    AddPartitionsToTxnResponse answer;
    for (int i = 0; i < 300; ++i) {
      answer = s.quiet<AddPartitionsToTxnResponse>(request, version);
      if (answer.results_by_topic.empty() || answer.results_by_topic[0].results_by_partition.at(0).partition_error_code != 51) break;
      Script::pause(50);
    }
    s.note_message(step, answer, version);
    return answer.results_by_topic.empty() ? std::int16_t(-1) : answer.results_by_topic[0].results_by_partition.at(0).partition_error_code;
  }
  void write(const std::string& step, const std::string& topic, const std::string& value, std::int16_t version = 9) {
    BatchOptions options;
    options.producer_id = producer;
    options.producer_epoch = epoch;
    options.base_sequence = sequences[topic];
    options.transactional = true;
    if (produce(s, step, topic, {{now_ms(), "k", value}}, options, version, id).error_code == 0) ++sequences[topic];
  }
  // As clients of Transactions V2: nobody adds the partition; asked again while the transaction before is being ended.
  std::int16_t write_v2(const std::string& step, const std::string& topic, const std::string& value, std::optional<Uuid> by_id = {}) {
    BatchOptions options;
    options.producer_id = producer;
    options.producer_epoch = epoch;
    options.base_sequence = sequences[topic];
    options.transactional = true;
    auto request = produce_request(topic, 0, s.batch({{now_ms(), "k", value}}, options), -1, id);
    if (by_id) request.topic_data[0].topic_id = *by_id;
    const std::int16_t version = by_id ? 13 : 12;
    ProduceResponse answer;
    for (int i = 0; i < 300; ++i) {
      answer = s.quiet<ProduceResponse>(request, version);
      if (answer.responses.empty() || answer.responses[0].partition_responses.at(0).error_code != 51) break;
      Script::pause(50);
    }
    s.note_message(step, answer, version);
    const auto error = answer.responses.empty() ? std::int16_t(-1) : answer.responses[0].partition_responses[0].error_code;
    if (error == 0) ++sequences[topic];
    return error;
  }
  // Ends as V2 does and goes on as who the answer says.
  void end_v2(const std::string& step, bool commit) {
    EndTxnRequest request;
    request.transactional_id = id;
    request.producer_id = producer;
    request.producer_epoch = epoch;
    request.committed = commit;
    EndTxnResponse answer;
    for (int i = 0; i < 300; ++i) {
      answer = s.quiet<EndTxnResponse>(request, 5);
      if (answer.error_code != 51) break;
      Script::pause(50);
    }
    s.note_message(step, answer, 5);
    if (answer.error_code != 0) return;
    producer = answer.producer_id;
    epoch = answer.producer_epoch;
    sequences.clear();
  }
  std::int16_t end(const std::string& step, bool commit, std::int16_t version = 3) {
    EndTxnRequest request;
    request.transactional_id = id;
    request.producer_id = producer;
    request.producer_epoch = epoch;
    request.committed = commit;
    EndTxnResponse answer;
    for (int i = 0; i < 300; ++i) {
      answer = s.quiet<EndTxnResponse>(request, version);
      if (answer.error_code != 51) break;
      Script::pause(50);
    }
    s.note_message(step, answer, version);
    return answer.error_code;
  }
  void settled(const std::string& topic, std::int64_t stable) {   // the markers are there a moment after the answer
    for (int i = 0; i < 300; ++i) {
      if (s.quiet<ListOffsetsResponse>(list_request(topic, -1, 1), 8).topics.at(0).partitions.at(0).offset >= stable) return;
      Script::pause(50);
    }
    s.note("settled " + topic, "stable offset", "never " + std::to_string(stable));
  }
};

void look(Script& s, const std::string& step, const std::string& topic, std::int64_t from = 0) {
  s.ask<FetchResponse>(step + ", read committed", fetch_request(topic, from, 1), 11);
  s.ask<FetchResponse>(step + ", read uncommitted", fetch_request(topic, from), 11);
  s.ask<ListOffsetsResponse>(step + ", stable", list_request(topic, -1, 1), 8);
  s.ask<ListOffsetsResponse>(step + ", latest", list_request(topic, -1), 8);
}

void transactions(Script& s) {
  const auto topic = s.name("t");
  find_transactions(s, s.name("ready"));
  make_topic(s, topic);
  Instance a{s, s.name("a")};
  a.start("starts");
  a.add("adds", topic);
  a.write("writes", topic, "kept-1");
  look(s, "open", topic);
  s.ask<ListOffsetsResponse>("by time, stable only", list_request(topic, 500, 1), 8);
  a.end("commits", true);
  a.settled(topic, 2);
  look(s, "committed", topic);
  a.end("commits again", true);
  a.end("aborts what was committed", false);
  a.add("adds again", topic);
  a.write("writes again", topic, "dropped-1");
  a.end("aborts", false);
  a.settled(topic, 4);
  a.end("aborts again", false);
  look(s, "aborted", topic);
  look(s, "from the aborted one", topic, 2);
  Instance b{s, s.name("b")};
  b.start("b starts");
  b.add("b adds", topic);
  a.add("a adds", topic);
  b.write("b writes", topic, "b-1");
  a.write("a writes", topic, "a-1");
  a.end("a commits", true);
  b.settled(topic, 4);
  Script::pause(500);
  look(s, "b is open before a", topic);
  b.end("b aborts", false);
  a.settled(topic, 8);
  look(s, "both ended", topic);
  produce(s, "a record without a transaction", topic, {{now_ms(), "k", "plain"}});
  look(s, "with a plain one", topic, 6);
}

void refused(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic);
  find_transactions(s, s.name("ready"));
  s.ask<InitProducerIdResponse>("empty id", init_request(""), 4);
  s.ask<InitProducerIdResponse>("timeout too long", init_request(s.name("long"), 100'000'000), 4);
  s.ask<InitProducerIdResponse>("timeout 0", init_request(s.name("zero"), 0), 4);
  s.ask<InitProducerIdResponse>("timeout negative", init_request(s.name("minus"), -5), 4);
  for (std::int16_t v = 0; v <= 5; ++v) s.ask<InitProducerIdResponse>("version " + std::to_string(v), init_request(s.name("v" + std::to_string(v))), v);
  Instance a{s, s.name("a")};
  a.start("starts");
  a.end("ends nothing", true);
  a.end("aborts nothing", false);
  a.add("adds an unknown topic", s.name("absent"));
  for (std::int16_t v : {std::int16_t(9), std::int16_t(11)}) a.write("writes where it did not add, version " + std::to_string(v), topic, "x", v);
  a.end("after that", false);
  a.start("again");
  for (std::int16_t v = 0; v <= 3; ++v) a.add("adds, version " + std::to_string(v), topic, 0, v);
  Instance nobody{s, s.name("nobody")};
  nobody.producer = 123456;
  nobody.epoch = 0;
  nobody.add("an unknown producer adds", topic);
  nobody.end("an unknown producer ends", true);
  Instance wrong = a;
  wrong.producer += 1000;
  wrong.add("with the wrong producer id", topic);
  wrong.end("ends with the wrong producer id", true);
  Instance future = a;
  future.epoch = std::int16_t(a.epoch + 1);
  future.add("with an epoch from the future", topic);
  future.end("ends with an epoch from the future", true);
  a.end("ends", true, 0);
  s.ask<InitProducerIdResponse>("with the wrong epoch", [&] {
    auto r = init_request(a.id);
    r.producer_id = a.producer;
    r.producer_epoch = std::int16_t(a.epoch + 5);
    return r;
  }(), 4);
  s.ask<InitProducerIdResponse>("with the wrong id", [&] {
    auto r = init_request(a.id);
    r.producer_id = a.producer + 7;
    r.producer_epoch = a.epoch;
    return r;
  }(), 4);
  s.ask<InitProducerIdResponse>("an epoch without an id", [&] {
    auto r = init_request(a.id);
    r.producer_epoch = 3;
    return r;
  }(), 4);
}

void fencing(Script& s) {
  const auto topic = s.name("t");
  find_transactions(s, s.name("ready"));
  make_topic(s, topic);
  Instance old{s, s.name("x")};
  old.start("old starts");
  old.add("old adds", topic);
  old.write("old writes", topic, "zombie");
  Instance young{s, s.name("x")};
  young.start("new starts");
  s.note("new starts", "same producer", young.producer == old.producer ? "yes" : "no");
  s.note("new starts", "epochs further", std::to_string(young.epoch - old.epoch));
  young.settled(topic, 2);
  look(s, "the old one's is aborted", topic);
  old.write("old writes after that", topic, "zombie");
  old.add("old adds after that", topic);
  old.end("old ends", true);
  young.add("new adds", topic);
  young.write("new writes", topic, "young");
  young.end("new commits", true);
  young.settled(topic, 4);
  look(s, "the new one's is there", topic);
  s.ask<InitProducerIdResponse>("old wants to go on", [&] {
    auto r = init_request(old.id);
    r.producer_id = old.producer;
    r.producer_epoch = old.epoch;
    return r;
  }(), 4);
  auto bump = init_request(young.id);
  bump.producer_id = young.producer;
  bump.producer_epoch = young.epoch;
  const auto bumped = s.ask<InitProducerIdResponse>("new bumps its own", bump, 4);
  s.note("new bumps its own", "by", std::to_string(bumped.producer_epoch - young.epoch));
}

void offsets(Script& s) {
  find_transactions(s, s.name("ready"));
  const auto topic = s.name("t"), group = s.name("g");
  make_topic(s, topic);
  Instance a{s, s.name("a")};
  a.start("starts");
  const auto add = [&](const std::string& step, std::int16_t v) {
    AddOffsetsToTxnRequest request;
    request.transactional_id = a.id;
    request.producer_id = a.producer;
    request.producer_epoch = a.epoch;
    request.group_id = group;
    AddOffsetsToTxnResponse answer;
    for (int i = 0; i < 200; ++i) {
      answer = s.quiet<AddOffsetsToTxnResponse>(request, v);
      if (answer.error_code != 51) break;
      Script::pause(50);
    }
    s.note_message(step, answer, v);
  };
  const auto commit = [&](const std::string& step, std::int64_t offset, std::int16_t v, std::int16_t epoch_more = 0, std::int32_t generation = -1, const std::string& member = "") {
    TxnOffsetCommitRequest request;
    request.transactional_id = a.id;
    request.group_id = group;
    request.producer_id = a.producer;
    request.producer_epoch = std::int16_t(a.epoch + epoch_more);
    request.generation_id = generation;
    request.member_id = member;
    TxnOffsetCommitRequest::Partition p;
    p.committed_offset = offset;
    p.committed_metadata = "m";
    request.topics.push_back({topic, {p}});
    TxnOffsetCommitResponse answer;
    for (int i = 0; i < 200; ++i) {
      answer = s.quiet<TxnOffsetCommitResponse>(request, v);
      const auto e = answer.topics.at(0).partitions.at(0).error_code;
      if (e != 14 && e != 15 && e != 16) break;
      Script::pause(50);
    }
    s.note_message(step, answer, v);
  };
  const auto committed = [&](const std::string& step, bool stable) {
    OffsetFetchRequest request;
    request.group_id = group;
    request.topics = {{{topic, {0}}}};
    request.require_stable = stable;
    s.ask<OffsetFetchResponse>(step, request, 7);
  };
  for (std::int16_t v = 0; v <= 3; ++v) add("adds, version " + std::to_string(v), v);
  for (std::int16_t v = 0; v <= 3; ++v) commit("commits, version " + std::to_string(v), 10 + v, v);
  committed("pending", false);
  committed("pending, stable wanted", true);
  a.end("ends", true);
  for (int i = 0; i < 200; ++i) {
    OffsetFetchRequest request;
    request.group_id = group;
    request.topics = {{{topic, {0}}}};
    request.require_stable = true;
    if (s.quiet<OffsetFetchResponse>(request, 7).topics.at(0).partitions.at(0).error_code == 0) break;
    Script::pause(50);
  }
  committed("after the commit", true);
  add("adds once more", 3);
  commit("another one", 99, 3);
  a.end("aborts", false);
  Script::pause(500);
  committed("after the abort", true);
  commit("with an old epoch", 50, 3, -1);
  add("adds a third time", 3);
  commit("of a member that is not there", 60, 3, 0, 7, "nobody");
  a.end("ends the third", true);
}

void administration(Script& s) {
  const auto topic = s.name("t");
  find_transactions(s, s.name("ready"));
  make_topic(s, topic);
  Instance a{s, s.name("a")};
  a.start("starts");
  const auto look_at = [&](const std::string& step) {
    DescribeTransactionsRequest describe;
    describe.transactional_ids = {a.id, s.name("nobody")};
    s.ask<DescribeTransactionsResponse>(step, describe, 0);
    ListTransactionsRequest list;
    for (std::int16_t v = 0; v <= 1; ++v) {
      const auto answer = s.quiet<ListTransactionsResponse>(list, v);
      for (const auto& t : answer.transaction_states)
        if (t.transactional_id == a.id) s.note(step, "listed, version " + std::to_string(v), t.transaction_state);
    }
    DescribeProducersRequest producers;
    producers.topics.push_back({topic, {0}});
    auto seen = s.quiet<DescribeProducersResponse>(producers, 0);
    for (auto& p : seen.topics.at(0).partitions.at(0).active_producers) p.last_timestamp = 0;
    s.note_message(step + ", producers", seen, 0);
  };
  look_at("before");
  a.add("adds", topic);
  look_at("added");
  a.write("writes", topic, "x");
  look_at("written");
  a.end("ends", true);
  a.settled(topic, 2);
  Script::pause(500);
  look_at("ended");
  ListTransactionsRequest list;
  list.state_filters = {"CompleteCommit", "NoSuchState"};
  auto answer = s.quiet<ListTransactionsResponse>(list, 0);
  s.note("filter", "unknown", answer.unknown_state_filters.empty() ? "none" : answer.unknown_state_filters[0]);
  bool there = false;
  for (const auto& t : answer.transaction_states) there = there || t.transactional_id == a.id;
  s.note("filter", "there", there ? "yes" : "no");
  list.state_filters = {"Ongoing"};
  there = false;
  for (const auto& t : s.quiet<ListTransactionsResponse>(list, 0).transaction_states) there = there || t.transactional_id == a.id;
  s.note("filter ongoing", "there", there ? "yes" : "no");
}

void timeout(Script& s) {
  const auto topic = s.name("t");
  find_transactions(s, s.name("ready"));
  make_topic(s, topic);
  Instance a{s, s.name("a")};
  a.start("starts");
  const auto answer = s.quiet<InitProducerIdResponse>(init_request(a.id, 2'000), 4);
  a.producer = answer.producer_id;
  a.epoch = answer.producer_epoch;
  a.add("adds", topic);
  a.write("writes", topic, "late");
  s.until<ListOffsetsResponse>("is aborted by itself", list_request(topic, -1, 1), 8, [](const ListOffsetsResponse& r) { return r.topics.at(0).partitions.at(0).offset == 2; });
  look(s, "after that", topic);
  a.end("ends too late", true);
  a.add("adds too late", topic);
  a.write("writes too late", topic, "later");
}

void version_two(Script& s) {
  const auto topic = s.name("t"), elsewhere = s.name("u");
  find_transactions(s, s.name("ready"));
  make_topic(s, topic);
  make_topic(s, elsewhere);
  ApiVersionsRequest versions{"parity", "1.0"};
  const auto features = s.quiet<ApiVersionsResponse>(versions, 4);
  for (const auto& f : features.supported_features)
    if (f.name == "transaction.version") s.note("features", "supported", std::to_string(f.min_version) + " to " + std::to_string(f.max_version));
  for (const auto& f : features.finalized_features)
    if (f.name == "transaction.version") s.note("features", "finalized", std::to_string(f.min_version_level) + " to " + std::to_string(f.max_version_level));
  Instance a{s, s.name("a")};
  a.start("starts");
  auto before = a;
  a.end_v2("commits nothing", true);
  a.end_v2("aborts nothing", false);
  before.end_v2("aborts nothing again, as before", false);
  before.be(a);
  a.write_v2("writes", topic, "kept-1");
  a.write_v2("writes more", topic, "kept-2");
  look(s, "open", topic);
  DescribeTransactionsRequest describe;
  describe.transactional_ids = {a.id};
  s.ask<DescribeTransactionsResponse>("described", describe, 0);
  a.end_v2("commits", true);
  a.settled(topic, 3);
  look(s, "committed", topic);
  auto late = before;
  late.end_v2("commits again", true);
  late.be(before);
  late.end_v2("aborts what was committed", false);
  late.be(before);
  late.sequences[topic] = 2;
  late.write_v2("a late batch", topic, "late");
  late.write_v2("a late batch elsewhere", elsewhere, "late");
  late.epoch = std::int16_t(a.epoch + 1);
  late.write_v2("an epoch of the future", topic, "early");
  late.end_v2("an epoch of the future ends", true);
  late.be(before);
  late.producer += 1000;
  late.write_v2("another producer", topic, "whose");
  late.end_v2("another producer ends", true);
  before.be(a);
  a.write_v2("writes what is dropped", topic, "dropped");
  a.end_v2("aborts", false);
  a.settled(topic, 5);
  look(s, "aborted", topic);
  before.end_v2("aborts again", false);
  a.write_v2("by its id", topic, "kept-3", topic_id(s, topic));
  a.end_v2("commits that", true);
  a.settled(topic, 7);
  Uuid nothing{};
  nothing[3] = 7;
  a.write_v2("by the id of nothing", topic, "x", nothing);
  // Clients of version 1 use the same id.
  a.start("a V1 client starts");
  a.write("writes where it did not add", topic, "x", 11);
  a.add("adds", topic);
  a.write("writes", topic, "kept-4", 11);
  a.end("commits", true, 4);
  a.end("commits again", true, 4);
  a.settled(topic, 9);
  a.end("aborts nothing, V1", false, 4);
  // And one of version 2 again, whose transaction is fenced by another instance.
  a.start("a V2 client starts");
  a.write_v2("writes again", topic, "zombie");
  auto zombie = a;
  a.start("another instance starts");
  a.settled(topic, 11);
  zombie.write_v2("the zombie writes", topic, "zombie");
  zombie.end_v2("the zombie commits", true);
  zombie.end_v2("the zombie aborts", false);
  a.write_v2("the young one writes", topic, "young");
  a.end_v2("the young one commits", true);
  a.settled(topic, 13);
  look(s, "at the end", topic);
}

void version_two_offsets(Script& s) {
  find_transactions(s, s.name("ready"));
  const auto topic = s.name("t"), group = s.name("g");
  make_topic(s, topic);
  Instance a{s, s.name("a")};
  a.start("starts");
  const auto commit = [&](const std::string& step, std::int64_t offset, std::int16_t v, std::int16_t epoch_more = 0, std::int32_t generation = -1, const std::string& member = "") {
    TxnOffsetCommitRequest request;
    request.transactional_id = a.id;
    request.group_id = group;
    request.producer_id = a.producer;
    request.producer_epoch = std::int16_t(a.epoch + epoch_more);
    request.generation_id = generation;
    request.member_id = member;
    TxnOffsetCommitRequest::Partition p;
    p.committed_offset = offset;
    p.committed_metadata = "m";
    request.topics.push_back({topic, {p}});
    TxnOffsetCommitResponse answer;
    for (int i = 0; i < 200; ++i) {
      answer = s.quiet<TxnOffsetCommitResponse>(request, v);
      const auto e = answer.topics.at(0).partitions.at(0).error_code;
      if (e != 14 && e != 15 && e != 16 && e != 51) break;
      Script::pause(50);
    }
    s.note_message(step, answer, v);
  };
  const auto fetch = [&](const std::string& step, const std::function<bool(std::int16_t, std::int64_t)>& good) {
    OffsetFetchRequest request;
    request.group_id = group;
    request.topics = {{{topic, {0}}}};
    request.require_stable = true;
    s.until<OffsetFetchResponse>(step, request, 7, [&](const OffsetFetchResponse& r) {
      return !r.topics.empty() && good(r.topics[0].partitions.at(0).error_code, r.topics[0].partitions[0].committed_offset);
    });
  };
  FindCoordinatorRequest find;   // Apache Kafka has a coordinator of groups once somebody has looked for one
  find.key = group;
  for (int i = 0; i < 300 && s.quiet<FindCoordinatorResponse>(find, 1).error_code != 0; ++i) Script::pause(100);
  commit("without a transaction, version 3", 1, 3);
  commit("without a transaction, version 4", 1, 4);
  commit("joins by itself", 10, 5);
  commit("once more", 11, 5);
  fetch("pending", [](std::int16_t e, std::int64_t) { return e != 0; });
  a.end_v2("commits", true);
  fetch("committed", [](std::int16_t e, std::int64_t at) { return e == 0 && at == 11; });
  commit("late", 12, 5, -1);
  commit("from the future", 12, 5, 1);
  commit("of a member that is not there", 60, 5, 0, 7, "nobody");
  commit("dropped", 13, 5);
  a.end_v2("aborts", false);
  fetch("aborted", [](std::int16_t e, std::int64_t at) { return e == 0 && at == 11; });
}

void version_two_timeout(Script& s) {
  const auto topic = s.name("t");
  find_transactions(s, s.name("ready"));
  make_topic(s, topic);
  Instance a{s, s.name("a")};
  a.start("starts");
  const auto answer = s.quiet<InitProducerIdResponse>(init_request(a.id, 2'000), 4);
  a.producer = answer.producer_id;
  a.epoch = answer.producer_epoch;
  a.write_v2("writes", topic, "late");
  s.until<ListOffsetsResponse>("is aborted by itself", list_request(topic, -1, 1), 8, [](const ListOffsetsResponse& r) { return r.topics.at(0).partitions.at(0).offset == 2; });
  look(s, "after that", topic);
  a.write_v2("writes too late", topic, "later");
  a.end_v2("commits too late", true);
  a.end_v2("aborts too late", false);
  a.write_v2("goes on", topic, "fresh");
  a.end_v2("commits", true);
  a.settled(topic, 4);
  look(s, "at the end", topic);
}

}  // namespace

std::vector<Case> transaction_cases() {
  return {{"transactions", transactions}, {"transactions-refused", refused}, {"transactions-fencing", fencing}, {"transactions-offsets", offsets}, {"transactions-admin", administration},
          {"transactions-timeout", timeout}, {"transactions-v2", version_two}, {"transactions-v2-offsets", version_two_offsets}, {"transactions-v2-timeout", version_two_timeout}};
}

}  // namespace braid::parity
