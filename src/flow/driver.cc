#include "flow/driver.h"

namespace braid::flow {

Result<std::unique_ptr<QueryDriver>> QueryDriver::make(sql::StepPtr root, format::Schemas& schemas, DriverOptions options) {
  std::unique_ptr<QueryDriver> out(new QueryDriver(std::move(options)));
  QueryDriver& d = *out;
  d.root_ = root;
  d.runtime_.clock = d.options_.clock;
  d.runtime_.streams_expiry = d.options_.streams_expiry;
  d.runtime_.outer_join_emit_interval_ms = d.options_.outer_join_emit_interval_ms;
  d.runtime_.report = [&d](const Problem& p) { d.problems.push_back(p); };
  if (root->kind == sql::StepKind::sink) {
    TRY(d.encoder_, SinkEncoder::make(*root, schemas, d.runtime_, d.options_.key_schema, d.options_.value_schema));
  }
  TRY(d.topology_, Topology::build(root, d.runtime_, [&d](Batch batch) { if (d.encoder_) d.encoder_->encode(batch, d.outputs); },
                                   TopologyOptions{d.options_.queryable}));
  for (const auto& source : d.topology_->sources()) {
    TRY(auto decoder, SourceDecoder::make(*source.step, schemas, d.runtime_));
    decoder->only(source.needed);
    d.decoders_.push_back(std::move(decoder));
  }
  return out;
}

bool QueryDriver::reads(const std::string& topic) const {
  for (const auto& source : topology_->sources())
    if (source.step->topic == topic) return true;
  return false;
}

void QueryDriver::pipe(const std::string& topic, TopicRecord record) {
  if (topic != pending_topic_) flush();
  pending_topic_ = topic;
  pending_.push_back(std::move(record));
  if (pending_.size() >= options_.batch_rows) flush();
}

void QueryDriver::flush() {
  if (pending_.empty()) return;
  const auto owner = std::make_shared<const std::vector<TopicRecord>>(std::move(pending_));
  pending_.clear();
  std::vector<InRecord> records;
  std::vector<std::vector<HeaderRef>> headers(owner->size());
  std::int64_t& offset = next_offset_[pending_topic_];
  for (std::size_t i = 0; i < owner->size(); ++i) {
    const auto& r = (*owner)[i];
    InRecord in;
    if (r.key) in.key = *r.key;
    if (r.value) in.value = *r.value;
    in.timestamp = r.timestamp;
    in.offset = offset++;
    if (r.headers)
      for (const auto& h : *r.headers) headers[i].push_back({h.name, h.value ? std::optional<BytesView>(*h.value) : std::nullopt});
    in.headers = headers[i];
    records.push_back(in);
  }
  const std::shared_ptr<const void> owners[1] = {owner};
  for (std::size_t s = 0; s < decoders_.size(); ++s) {
    if (topology_->sources()[s].step->topic != pending_topic_) continue;
    topology_->push(s, decoders_[s]->decode(records, owners));
  }
}

}  // namespace braid::flow
