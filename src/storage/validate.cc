#include "storage/validate.h"

#include <algorithm>

#include "wire/recompress.h"

namespace braid::storage {
namespace {

std::unexpected<Failure> bad_record(std::string message, std::string hint = {}) { return refuse(Reason::invalid_record, std::move(message), std::move(hint)); }

LogResult<std::int64_t> check_records(const wire::BatchView& batch, const Topic& topic, std::int64_t now_ms) {
  const auto& config = topic.config;
  Bytes scratch;
  auto opened = wire::RecordReader::open(batch, scratch);
  if (!opened) return std::unexpected(Failure(opened.error().code == ErrorCode::overloaded ? Reason::message_too_large : Reason::corrupt_message, opened.error()));
  wire::RecordRef record;
  std::vector<wire::RecordHeader> headers;
  std::vector<RecordFailure> failures;
  Reason reason = Reason::invalid_record;
  std::int64_t latest = wire::no_timestamp;
  const bool timed = !config.log_append_time && (config.timestamp_before_ms_max != INT64_MAX || config.timestamp_after_ms_max != INT64_MAX);
  for (std::int32_t i = 0;; ++i) {
    headers.clear();
    auto more = opened->next(record, headers);
    if (!more) return std::unexpected(Failure(Reason::invalid_record, std::move(more).error()));
    if (!*more) break;
    latest = std::max(latest, record.timestamp_ms);
    if (config.compacted && !record.key) failures.push_back({i, "a compacted topic needs a key in every record"});
    if (timed && record.timestamp_ms >= 0 &&
        ((config.timestamp_before_ms_max != INT64_MAX && record.timestamp_ms < now_ms - config.timestamp_before_ms_max) ||
         (config.timestamp_after_ms_max != INT64_MAX && record.timestamp_ms > now_ms + config.timestamp_after_ms_max))) {
      reason = Reason::invalid_timestamp;
      failures.push_back({i, "timestamp " + std::to_string(record.timestamp_ms) + " is too far from the broker's time " + std::to_string(now_ms)});
    }
    if (!opened->deltas_in_sequence()) return bad_record("record " + std::to_string(i) + " of a batch has an offset out of sequence");
  }
  if (!failures.empty()) {
    Failure failure(reason, Error{ErrorCode::invalid_input, "topic " + topic.name + " refuses " + std::to_string(failures.size()) + " of " +
                                                                std::to_string(batch.header.records_count) + " records: " + failures.front().message});
    failure.records = std::move(failures);
    return std::unexpected(std::move(failure));
  }
  return latest;
}

// The codec that the topic wants all its batches to have, where it has been given one.
std::optional<wire::Codec> wanted_codec(const Topic& topic) {
  const auto set = topic.configs.find("compression.type");
  return set == topic.configs.end() ? std::nullopt : wire::codec_named(set->second);
}

}  // namespace

LogResult<wire::BatchHeader> check_batch(Bytes& batch, const Topic& topic, const AppendOptions& options, std::int64_t now_ms) {
  BytesView rest(batch);
  auto taken = wire::take_batch(rest);   // the checksum also of what we built ourselves: it costs 0.1 ms per MB
  if (!taken)
    return std::unexpected(Failure(taken.error().code == ErrorCode::unsupported ? Reason::unsupported_format : Reason::corrupt_message, std::move(taken).error()));
  auto header = taken->header;
  if (!rest.empty()) return bad_record(std::to_string(rest.size()) + " bytes follow the record batch; a partition takes one batch per request");
  if (!options.trusted && batch.size() > std::size_t(topic.config.message_bytes_max))
    return refuse(Reason::message_too_large, "a record batch of " + std::to_string(batch.size()) + " bytes is larger than max.message.bytes of topic " + topic.name +
                                                 ", " + std::to_string(topic.config.message_bytes_max), "send smaller batches, or raise max.message.bytes");
  if (int(header.codec()) >= wire::codecs_count) return refuse(Reason::unsupported_compression, "compression codec " + std::to_string(int(header.codec())) + " is not known");
  if (header.control()) return bad_record("clients may not write control batches");
  if (header.records_count < 1) return bad_record("a record batch without records");
  if (header.last_offset_delta != header.records_count - 1)
    return bad_record("a record batch of " + std::to_string(header.records_count) + " records has last offset delta " + std::to_string(header.last_offset_delta));
  if (header.idempotent() && (header.producer_epoch < 0 || (header.base_sequence < 0 && !options.trusted)))
    return bad_record("producer " + std::to_string(header.producer_id) + " sent no sequence number or epoch");
  if (header.transactional() && !header.idempotent()) return bad_record("a transactional batch without a producer id");
  if (!options.trusted) {
    TRY(const auto latest, check_records(*taken, topic, now_ms));
    if (!topic.config.log_append_time && !header.log_append_time() && latest != header.max_timestamp) {
      wire::set_max_timestamp(batch, latest);
      header.max_timestamp = latest;
    }
  }
  if (const auto codec = wanted_codec(topic); codec && *codec != header.codec()) {
    taken->header = header;
    taken->bytes = batch;
    auto again = wire::recompress(*taken, *codec);
    if (!again) return std::unexpected(Failure(again.error().code == ErrorCode::overloaded ? Reason::message_too_large : Reason::corrupt_message, std::move(again).error()));
    batch = *std::move(again);
    auto now = wire::parse_batch_header(batch);
    if (!now) return std::unexpected(Failure(Reason::corrupt_message, std::move(now).error()));
    header = *now;
  }
  if (topic.config.log_append_time) {
    wire::set_log_append_time(batch, now_ms);
    header.attributes = std::int16_t(header.attributes | 8);
    header.max_timestamp = now_ms;
  }
  return header;
}

}  // namespace braid::storage
