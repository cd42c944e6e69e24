// Produce, Fetch, offsets, deletion of records, idempotence, compaction.
#include <algorithm>

#include "requests.h"

namespace braid::parity {
namespace {

std::string version_text(std::int16_t v) { return "version " + std::to_string(v); }

void produce_versions(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic);
  for (std::int16_t v = 3; v <= 11; ++v) produce(s, version_text(v), topic, {{1000 + v, "k", "v" + std::to_string(v)}}, {}, v);
  for (std::int16_t v : {std::int16_t(4), std::int16_t(5), std::int16_t(7), std::int16_t(8), std::int16_t(10), std::int16_t(11), std::int16_t(12)})
    s.ask<FetchResponse>("fetched, " + version_text(v), fetch_request(topic, 0), v);
  auto by_id = fetch_request(topic, 0);
  by_id.topics[0].topic_id = topic_id(s, topic);
  for (std::int16_t v = 13; v <= 17; ++v) s.ask<FetchResponse>("fetched, " + version_text(v), by_id, v);
}

void produce_refused(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic, 2);
  const auto send = [&](const std::string& step, ProduceRequest request, std::int16_t v = 9) { return s.ask<ProduceResponse>(step, request, v); };
  const auto good = [&] { return s.batch({{1000, "k", "v"}}); };
  send("unknown topic", produce_request(s.name("absent"), 0, good()));
  send("unknown partition", produce_request(topic, 2, good()));
  send("negative partition", produce_request(topic, -1, good()));
  send("acks 2", produce_request(topic, 0, good(), 2));
  send("acks 1", produce_request(topic, 0, good(), 1));
  send("null records", produce_request(topic, 0, std::nullopt));
  send("empty records", produce_request(topic, 0, s.raw("")));
  send("rubbish", produce_request(topic, 0, s.raw(Bytes(100, 'x'))));
  Bytes corrupt = good().flat();
  corrupt.back() = char(corrupt.back() ^ 1);
  send("wrong checksum", produce_request(topic, 0, s.raw(corrupt)));
  send("cut short", produce_request(topic, 0, s.raw(good().flat().substr(0, good().flat().size() - 1))));
  Bytes two = good().flat() + good().flat();
  send("two batches", produce_request(topic, 0, s.raw(two)));
  const auto patched = [&](Bytes bytes, std::size_t at, auto value) {
    store_be(bytes.data() + at, value);
    store_be(bytes.data() + 17, batch_crc(bytes));
    return s.raw(bytes);
  };
  send("one record more than there is", produce_request(topic, 0, patched(good().flat(), 57, std::int32_t{2})));
  send("last offset delta too large", produce_request(topic, 0, patched(good().flat(), 23, std::int32_t{5})));
  send("codec 7", produce_request(topic, 0, patched(good().flat(), 21, std::int16_t{7})));
  send("a control batch", produce_request(topic, 0, patched(good().flat(), 21, std::int16_t{32})));
  Bytes old = good().flat();
  old[16] = 1;
  send("magic 1", produce_request(topic, 0, s.raw(old)));
  BatchOptions zstd;
  zstd.codec = Codec::zstd;
  for (std::int16_t v : {std::int16_t(3), std::int16_t(6), std::int16_t(7)}) send("zstd, " + version_text(v), produce_request(topic, 0, s.batch({{1000, "k", std::string(1000, 'z')}}, zstd)), v);
  for (const auto codec : {Codec::gzip, Codec::snappy, Codec::lz4}) {
    BatchOptions options;
    options.codec = codec;
    send("codec " + std::to_string(int(codec)), produce_request(topic, 0, s.batch({{1000, "k", std::string(1000, 'z')}}, options)));
  }
  send("two partitions, one unknown", [&] {
    auto r = produce_request(topic, 0, good());
    r.topic_data[0].partition_data.push_back({9, good()});
    return r;
  }());
  make_topic(s, s.name("small"), 1, {{"max.message.bytes", "200"}});
  send("too large", produce_request(s.name("small"), 0, s.batch({{1000, "k", std::string(500, 'x')}})));
  make_topic(s, s.name("compact"), 1, {{"cleanup.policy", "compact"}});
  send("no key where keys are due", produce_request(s.name("compact"), 0, s.batch({{1000, "a", "x"}, {1000, std::nullopt, "y"}, {1000, std::nullopt, "z"}})));
  send("no key, " + version_text(7), produce_request(s.name("compact"), 0, s.batch({{1000, std::nullopt, "y"}})), 7);
  make_topic(s, s.name("bounds"), 1, {{"message.timestamp.before.max.ms", "60000"}, {"message.timestamp.after.max.ms", "60000"}});
  send("too old", produce_request(s.name("bounds"), 0, s.batch({{now_ms(), "a", "x"}, {1000, "b", "y"}})));
  send("too new", produce_request(s.name("bounds"), 0, s.batch({{now_ms() + 3'600'000, "b", "y"}})));
  send("in time", produce_request(s.name("bounds"), 0, s.batch({{now_ms(), "b", "y"}})));
  make_topic(s, s.name("future"));
  send("a year ahead, by default", produce_request(s.name("future"), 0, s.batch({{now_ms() + 31'536'000'000, "b", "y"}})));
  send("no timestamp", produce_request(topic, 1, s.batch({{-1, "b", "y"}})));
  make_topic(s, s.name("append"), 1, {{"message.timestamp.type", "LogAppendTime"}});
  send("the log's time", produce_request(s.name("append"), 0, s.batch({{1000, "b", "y"}})));
  s.ask<FetchResponse>("the log's time, fetched", fetch_request(s.name("append"), 0), 11);
  find_transactions(s, s.name("x"));   // so that there is somebody who can say no
  send("transactional without a transaction", [&] {
    BatchOptions options;
    options.producer_id = 4711;
    options.producer_epoch = 0;
    options.base_sequence = 0;
    options.transactional = true;
    return produce_request(topic, 0, s.batch({{1000, "b", "y"}}, options), -1, "nobody");
  }());
  s.ask<FetchResponse>("what is there", fetch_request(topic, 0), 11);
  s.ask<FetchResponse>("what is there, partition 1", fetch_request(topic, 0, 0, 1), 11);
}

void acks_0(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic);
  auto& quietly = s.connection(1);
  s.send(quietly, produce_request(topic, 0, s.batch({{1000, "k", "v"}}), 0), 9);
  s.until<ListOffsetsResponse>("arrived", list_request(topic, -1), 5, [](const ListOffsetsResponse& r) { return r.topics.at(0).partitions.at(0).offset == 1; });
  // No answer came: the next one on this connection is for the next request.
  s.send(quietly, list_request(topic, -1), 5);
  s.take<ListOffsetsResponse>(quietly, "next on the connection", 5);
  s.send(quietly, produce_request(s.name("absent"), 0, s.batch({{1000, "k", "v"}}), 0), 9);
  s.note("refused", "the connection ends", quietly.closed_by_peer(20'000) ? "yes" : "no");
}

void fetch(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic, 2);
  for (int i = 0; i < 5; ++i) produce(s, "", topic, {{1000 + i, "k" + std::to_string(i), "v" + std::to_string(i)}, {1000 + i, "l", "w"}});
  const auto ask = [&](const std::string& step, FetchRequest request, std::int16_t v = 11) { return s.ask<FetchResponse>(step, request, v); };
  for (std::int64_t offset : {0, 1, 3, 9, 10, 11, 1000, -1, -2}) ask("from " + std::to_string(offset), fetch_request(topic, offset));
  ask("empty partition", fetch_request(topic, 0, 0, 1));
  ask("unknown partition", fetch_request(topic, 0, 0, 5));
  ask("unknown topic", fetch_request(s.name("absent"), 0));
  auto request = fetch_request(topic, 0);
  request.topics[0].partitions[0].partition_max_bytes = 1;
  ask("one byte of the partition", request);
  request = fetch_request(topic, 0);
  request.max_bytes = 1;
  ask("one byte in all", request);
  request = fetch_request(topic, 0);
  request.topics[0].partitions[0].partition_max_bytes = 0;
  ask("no byte of the partition", request);
  request = fetch_request(topic, 2);
  request.topics[0].partitions[0].partition_max_bytes = 180;
  ask("some bytes of the partition", request);
  request = fetch_request(topic, 0);
  request.topics[0].partitions[0].current_leader_epoch = 0;
  ask("leader epoch 0", request);
  request.topics[0].partitions[0].current_leader_epoch = 99;
  ask("leader epoch 99", request);
  request = fetch_request(topic, 10);
  request.min_bytes = 1;
  request.max_wait_ms = 1;
  ask("at the end", request);
  request = fetch_request(topic, 0, 1);
  ask("read committed", request);
  request = fetch_request(topic, 0);
  request.topics[0].partitions[0].last_fetched_epoch = 0;
  ask("last fetched epoch", request, 12);
  auto by_id = fetch_request(topic, 0);
  by_id.topics[0].topic_id = Uuid{9, 9, 9};
  ask("an id that never was", by_id, 13);
  by_id.topics[0].topic_id = Uuid{};
  ask("the id of zeros", by_id, 13);
  request = fetch_request(topic, 0);
  request.topics[0].partitions.push_back(request.topics[0].partitions[0]);
  request.topics[0].partitions[1].partition = 1;
  ask("two partitions", request);
  request.topics.clear();
  ask("of nothing", request);
  request = fetch_request(topic, 0);
  request.session_id = 12345;
  request.session_epoch = 1;
  ask("a session that never was", request);
  request = fetch_request(topic, 0);
  request.session_epoch = 0;
  ask("a new session", request);
  // A reader that waits is woken by what is written.
  auto& waiting = s.connection(1);
  request = fetch_request(topic, 10);
  request.max_wait_ms = 30'000;
  s.send(waiting, request, 11);
  Script::pause(300);
  produce(s, "", topic, {{2000, "late", "x"}});
  s.take<FetchResponse>(waiting, "woken", 11);
}

void list_offsets(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic, 2);
  produce(s, "", topic, {{1000, "a", "x"}, {3000, "b", "x"}, {2000, "c", "x"}});
  produce(s, "", topic, {{5000, "d", "x"}});
  produce(s, "", topic, {{4000, "e", "x"}, {5000, "f", "x"}});
  for (std::int16_t v = 1; v <= 8; ++v)
    for (std::int64_t at : {-1, -2, 2500}) s.ask<ListOffsetsResponse>(version_text(v) + ", time " + std::to_string(at), list_request(topic, at), v);
  for (std::int64_t at : {0, 999, 1000, 1001, 2000, 3000, 3001, 4000, 5000, 5001}) s.ask<ListOffsetsResponse>("time " + std::to_string(at), list_request(topic, at), 8);
  for (std::int64_t at : {-3, -4, -5, -6, -7}) s.ask<ListOffsetsResponse>("special " + std::to_string(at), list_request(topic, at), 8);
  for (std::int64_t at : {-1, -2, -3, 5}) s.ask<ListOffsetsResponse>("empty partition, " + std::to_string(at), list_request(topic, at, 0, 1), 8);
  s.ask<ListOffsetsResponse>("unknown partition", list_request(topic, -1, 0, 9), 8);
  s.ask<ListOffsetsResponse>("unknown topic", list_request(s.name("absent"), -1), 8);
  auto request = list_request(topic, -1);
  request.topics[0].partitions[0].current_leader_epoch = 5;
  s.ask<ListOffsetsResponse>("leader epoch 5", request, 8);
  request.topics[0].partitions[0].current_leader_epoch = 0;
  s.ask<ListOffsetsResponse>("leader epoch 0", request, 8);
  request = list_request(topic, -1);
  request.topics[0].partitions.push_back(request.topics[0].partitions[0]);
  s.ask<ListOffsetsResponse>("the same twice", request, 8);
  OffsetForLeaderEpochRequest epochs;
  for (std::int32_t epoch : {0, 1, -1}) {
    epochs.topics = {{topic, {{0, -1, epoch}}}};
    for (std::int16_t v = 2; v <= 4; ++v) s.ask<OffsetForLeaderEpochResponse>("end of epoch " + std::to_string(epoch) + ", " + version_text(v), epochs, v);
  }
  epochs.topics = {{topic, {{0, 3, 0}}}};
  s.ask<OffsetForLeaderEpochResponse>("end of an epoch, from the future", epochs, 4);
  epochs.topics = {{topic, {{9, -1, 0}}}, {s.name("absent"), {{0, -1, 0}}}};
  s.ask<OffsetForLeaderEpochResponse>("end of an epoch, nowhere", epochs, 4);
}

void delete_records(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic);
  for (int i = 0; i < 6; ++i) produce(s, "", topic, {{1000 + i, "k", "v" + std::to_string(i)}});
  const auto remove = [&](const std::string& step, const std::string& name, std::int32_t partition, std::int64_t offset, std::int16_t v = 2) {
    DeleteRecordsRequest request;
    request.timeout_ms = 30'000;
    request.topics.push_back({name, {{partition, offset}}});
    s.ask<DeleteRecordsResponse>(step, request, v);
  };
  remove("beyond the end", topic, 0, 7);
  remove("minus two", topic, 0, -2);
  for (std::int16_t v = 0; v <= 2; ++v) remove(version_text(v), topic, 0, 1 + v, v);
  remove("before the start", topic, 0, 1);
  s.ask<ListOffsetsResponse>("earliest", list_request(topic, -2), 8);
  s.ask<ListOffsetsResponse>("by time, before the start", list_request(topic, 1000), 8);
  s.ask<FetchResponse>("before the start", fetch_request(topic, 1), 11);
  s.ask<FetchResponse>("at the start", fetch_request(topic, 3), 11);
  remove("all", topic, 0, -1);
  s.ask<ListOffsetsResponse>("earliest of nothing", list_request(topic, -2), 8);
  s.ask<ListOffsetsResponse>("latest of nothing", list_request(topic, -1), 8);
  s.ask<ListOffsetsResponse>("largest time of nothing", list_request(topic, -3), 8);
  produce(s, "one more", topic, {{9000, "k", "v"}});
  remove("unknown partition", topic, 9, 0);
  remove("unknown topic", s.name("absent"), 0, 0);
  make_topic(s, s.name("compact"), 1, {{"cleanup.policy", "compact"}});
  produce(s, "", s.name("compact"), {{1000, "k", "v"}});
  remove("of a compacted topic", s.name("compact"), 0, -1);
}

void idempotence(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic);
  InitProducerIdRequest init;
  init.transaction_timeout_ms = 60'000;
  for (int i = 0; i < 200 && s.quiet<InitProducerIdResponse>(init, 4).error_code != 0; ++i) Script::pause(100);
  for (std::int16_t v = 0; v <= 5; ++v) s.ask<InitProducerIdResponse>("id, " + version_text(v), init, v);
  const auto id = s.quiet<InitProducerIdResponse>(init, 4).producer_id;
  const auto send = [&](const std::string& step, std::int32_t sequence, std::int16_t epoch = 0, int records = 1, std::int64_t producer = -1) {
    BatchOptions options;
    options.producer_id = producer < 0 ? id : producer;
    options.producer_epoch = epoch;
    options.base_sequence = sequence;
    std::vector<Row> rows;
    for (int i = 0; i < records; ++i) rows.push_back({1000, "k", step});
    produce(s, step, topic, rows, options);
  };
  send("first", 0, 0, 2);
  send("first again", 0, 0, 2);
  send("second", 2);
  send("a gap", 5);
  send("third", 3);
  for (int i = 4; i < 9; ++i) send("more " + std::to_string(i), i);
  send("an old duplicate that is remembered", 5);
  send("the oldest that is remembered", 4);
  send("a duplicate that is forgotten", 0, 0, 2);
  send("half a duplicate", 8, 0, 2);
  send("new epoch, not from the start", 5, 1);
  send("new epoch", 0, 1);
  send("old epoch", 9, 0);
  send("unknown producer, from the middle", 17, 0, 1, id + 100'000);
  send("it goes on", 18, 0, 1, id + 100'000);
  send("it has a gap", 20, 0, 1, id + 100'000);
  send("wraps", 2'147'483'646, 0, 2, id + 200'000);
  send("after the wrap", 0, 0, 1, id + 200'000);
  s.ask<FetchResponse>("what is there", fetch_request(topic, 0), 11);
  DescribeProducersRequest producers;
  producers.topics.push_back({topic, {0, 4}});
  producers.topics.push_back({s.name("absent"), {0}});
  auto seen = s.quiet<DescribeProducersResponse>(producers, 0);
  for (auto& t : seen.topics)
    for (auto& p : t.partitions) std::ranges::sort(p.active_producers, {}, &DescribeProducersResponse::Producer::producer_id);
  for (auto& t : seen.topics)
    for (auto& p : t.partitions)
      for (auto& a : p.active_producers) a.last_timestamp = 0;   // when it was, by the record or by the clock, is nobody's promise
  s.note_message("producers", seen, 0);
}

void compaction(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic, 1, {{"cleanup.policy", "compact"}, {"segment.ms", "300"}, {"min.cleanable.dirty.ratio", "0.01"}, {"delete.retention.ms", "86400000"}, {"segment.bytes", "1048576"}});
  for (int round = 0; round < 4; ++round) {
    const auto now = now_ms();   // Apache Kafka begins a segment by the times of the records
    produce(s, "", topic, {{now, "a", "a" + std::to_string(round)}, {now, "b", "b" + std::to_string(round)}, {now, "c" + std::to_string(round), "once"}});
    Script::pause(700);
  }
  produce(s, "", topic, {{now_ms(), "b", std::nullopt}});
  Script::pause(700);
  for (int i = 0; i < 2; ++i) {   // opens new segments, so that those before may be compacted
    produce(s, "", topic, {{now_ms(), "last", std::to_string(i)}});
    Script::pause(700);
  }
  std::string seen;
  bool done = false;
  for (int i = 0; i < 300 && !done; ++i) {
    Script::pause(200);
    const auto answer = s.quiet<FetchResponse>(fetch_request(topic, 0), 11);
    Bytes scratch;
    const Bytes bytes = answer.responses.at(0).partitions.at(0).records.value_or(Records{}).flat();
    BytesView rest = bytes;
    seen.clear();
    while (auto view = next_batch_unchecked(rest)) {
      auto reader = RecordReader::open(*view, scratch);
      RecordRef record;
      std::vector<RecordHeader> headers;
      if (!reader) continue;
      for (auto more = reader->next(record, headers); more && *more; more = reader->next(record, headers))
        seen += " " + std::to_string(record.offset) + ":" + std::string(record.key.value_or("null")) + "=" + (record.value ? std::string(*record.value) : "null");
    }
    done = seen.find(":a=a0") == std::string::npos && seen.find("b=b3") == std::string::npos && seen.find("last=0") == std::string::npos;
    // The newest segment is never compacted, so `last` may stay twice; then the other keys decide.
    done = done || (i > 100 && seen.find("b=b3") == std::string::npos);
  }
  const auto last = seen.find(" 14:last=1");
  std::string compacted = last == std::string::npos ? seen : seen.substr(0, last);
  if (const auto before = compacted.find(" 13:last=0"); before != std::string::npos) compacted.erase(before);
  s.note("compacted", "records", compacted);
  s.ask<ListOffsetsResponse>("earliest", list_request(topic, -2), 8);
  s.ask<ListOffsetsResponse>("latest", list_request(topic, -1), 8);
}

void retention(Script& s) {
  const auto topic = s.name("t");
  make_topic(s, topic, 1, {{"retention.ms", "1000"}, {"segment.ms", "300"}, {"segment.bytes", "1048576"}});
  produce(s, "", topic, {{now_ms() - 10'000, "k", "old"}});
  Script::pause(500);
  produce(s, "", topic, {{now_ms() + 50'000, "k", "newer"}});
  s.until<ListOffsetsResponse>("the old one goes", list_request(topic, -2), 8, [](const ListOffsetsResponse& r) { return r.topics.at(0).partitions.at(0).offset > 0; });
  s.ask<ListOffsetsResponse>("the end stays", list_request(topic, -1), 8);
}

}  // namespace

std::vector<Case> data_cases() {
  return {{"produce", produce_versions}, {"produce-refused", produce_refused}, {"acks-0", acks_0}, {"fetch", fetch}, {"list-offsets", list_offsets}, {"delete-records", delete_records},
          {"idempotence", idempotence}, {"compaction", compaction}, {"retention", retention}};
}

}  // namespace braid::parity
