#include "connect/file_load.h"

#include <algorithm>
#include <charconv>

#include "connect/avro_rows.h"

namespace braid::connect {
namespace {

constexpr std::size_t records_per_write = 2'000;
constexpr std::size_t sample_bytes_max = 32 << 20;   // infer from fewer rows when they are long
constexpr std::size_t rejected_kept = 20;
constexpr std::string_view mark_header = "braid.load";

std::string mark_text(std::string_view source, std::int64_t line) { return std::to_string(line) + " " + std::string(source); }

std::optional<std::int64_t> line_of_mark(std::string_view mark, std::string_view source) {
  const auto blank = mark.find(' ');
  if (blank == std::string_view::npos || mark.substr(blank + 1) != source) return std::nullopt;
  std::int64_t line = 0;
  const auto [end, ec] = std::from_chars(mark.data(), mark.data() + blank, line);
  if (ec != std::errc{} || end != mark.data() + blank) return std::nullopt;
  return line;
}

class FileLoadImpl final : public FileLoad {
 public:
  FileLoadImpl(eventlog::EventLog& log, registry::Registry& registry, LoadSpec spec) : log_(log), registry_(registry), spec_(std::move(spec)) {
    report_.topic = spec_.topic;
    report_.subject = spec_.topic + "-value";
  }

  const LoadReport& so_far() const override { return report_; }

  io::Task<Result<void>> feed(Bytes bytes) override {
    if (!reader_) make_reader(bytes);
    sampled_bytes_ += bytes.size();
    reader_->feed(bytes);
    take_rows();
    if (!writer_ && (sample_.size() >= spec_.sample_rows || sampled_bytes_ >= sample_bytes_max)) CO_TRY_VOID(co_await open_topic());
    if (writer_) CO_TRY_VOID(co_await write_rows(false));
    co_return Result<void>{};
  }

  io::Task<Result<LoadReport>> finish() override {
    if (!reader_) co_return fail(ErrorCode::invalid_input, spec_.source + " is empty", "there is nothing to load");
    reader_->finish();
    take_rows();
    if (!writer_) CO_TRY_VOID(co_await open_topic());
    CO_TRY_VOID(co_await write_rows(true));
    co_return report_;
  }

 private:
  void make_reader(std::string_view first_bytes) {
    format_ = spec_.format.value_or(guess_format(spec_.source, first_bytes));
    if (format_ == FileFormat::json) reader_ = json_reader();
    else reader_ = csv_reader({spec_.delimiter.value_or(guess_delimiter(first_bytes)), spec_.header});
  }

  void reject(std::string reason) {
    ++report_.rows_rejected;
    if (report_.rejected.size() < rejected_kept) report_.rejected.push_back({std::move(reason)});
  }

  void take_rows() {
    while (auto row = reader_->next()) {
      ++report_.rows_read;
      if (*row) sample_.push_back(std::move(**row));
      else reject(row->error().message);
    }
  }

  // Types, schema, topic, and how far an earlier load of this file came.
  io::Task<Result<void>> open_topic() {
    if (sample_.empty())
      co_return fail(ErrorCode::invalid_input, spec_.source + " has no rows that can be read" + (report_.rejected.empty() ? "" : ": " + report_.rejected[0].reason));
    TypeInference inference(format_ == FileFormat::csv);
    for (const auto& row : sample_) inference.see(row.fields);
    report_.columns = inference.columns();
    if (!spec_.key.empty()) CO_TRY_VOID(find_key());

    CO_TRY_VOID(co_await find_or_create_topic());
    registry::SchemaDraft draft;
    draft.text = avro_schema_text(spec_.topic, report_.columns);
    CO_TRY(const auto schema, co_await registry_.add(report_.subject, std::move(draft)));
    report_.schema = schema.id;
    prefix_.clear();
    Writer prefix(prefix_);
    prefix.u8(0);
    prefix.be<std::int32_t>(schema.id.value);
    CO_TRY(writer_, log_.writer());
    co_return Result<void>{};
  }

  Result<void> find_key() {
    const auto at = std::find_if(report_.columns.begin(), report_.columns.end(), [&](const auto& c) { return c.name == spec_.key || c.source_name == spec_.key; });
    if (at != report_.columns.end()) {
      key_ = at->source_name;
      return {};
    }
    std::string names;
    for (const auto& column : report_.columns) names += (names.empty() ? "" : ", ") + column.name;
    return fail(ErrorCode::invalid_input, "there is no column '" + spec_.key + "' to take the key from", "the columns are: " + names);
  }

  io::Task<Result<void>> find_or_create_topic() {
    auto topic = co_await log_.describe_topic(spec_.topic);
    if (!topic && topic.error().code == ErrorCode::not_found) {
      eventlog::TopicSpec wanted;
      wanted.name = spec_.topic;
      wanted.partitions = spec_.partitions;
      topic = co_await log_.create_topic(std::move(wanted));
      report_.topic_created = true;
    }
    if (!topic) co_return std::unexpected(std::move(topic).error());
    partitions_ = topic->partitions;
    done_lines_.assign(std::size_t(partitions_), 0);
    pending_.resize(std::size_t(partitions_));
    for (std::int32_t p = 0; p < partitions_; ++p) CO_TRY_VOID(co_await find_mark(p));
    co_return Result<void>{};
  }

  io::Task<Result<void>> find_mark(std::int32_t partition) {
    const eventlog::TopicPartition at{spec_.topic, PartitionId{partition}};
    CO_TRY(const auto bounds, co_await log_.bounds(at));
    if (bounds.end == bounds.earliest) co_return Result<void>{};
    std::vector<std::pair<eventlog::TopicPartition, Offset>> from{{at, Offset{bounds.end.value - 1}}};
    CO_TRY(auto reader, log_.reader(std::move(from)));
    CO_TRY(const auto chunks, co_await reader->next(io::after(io::Milliseconds(10'000))));
    for (const auto& chunk : chunks) {
      for (const auto& record : chunk.records) {
        for (std::uint32_t i = 0; i < record.headers_count; ++i) {
          const auto& header = chunk.headers[record.headers_begin + i];
          if (header.name != mark_header || !header.value) continue;
          if (const auto line = line_of_mark(*header.value, spec_.source)) done_lines_[std::size_t(partition)] = *line;
        }
      }
    }
    if (done_lines_[std::size_t(partition)] == 0 && !spec_.append)
      co_return fail(ErrorCode::already_exists, "the topic " + spec_.topic + " has records that do not come from " + spec_.source,
                     "load into another topic (braid load FILE TOPIC), or add to this one (--append)");
    co_return Result<void>{};
  }

  // Rows go to their partition in file order, so the line of a partition's last record says how far it came.
  io::Task<Result<void>> write_rows(bool all) {
    for (const auto& row : sample_) place(row);
    sample_.clear();
    for (std::size_t p = 0; p < pending_.size(); ++p) {
      auto& pending = pending_[p];
      while (pending.size() >= records_per_write || (all && !pending.empty())) {
        const auto count = std::ptrdiff_t(std::min(pending.size(), records_per_write));
        std::vector<eventlog::Record> records;
        records.reserve(std::size_t(count));
        for (auto it = pending.begin(); it != pending.begin() + count; ++it) records.push_back(std::move(it->record));
        eventlog::Header mark{Bytes(mark_header), mark_text(spec_.source, pending[std::size_t(count) - 1].line)};
        records.back().headers.push_back(std::move(mark));
        eventlog::TopicPartition to{spec_.topic, PartitionId{std::int32_t(p)}};
        CO_TRY_VOID(co_await writer_->write(std::move(to), std::move(records)));
        report_.rows_written += count;
        pending.erase(pending.begin(), pending.begin() + count);
      }
    }
    co_return Result<void>{};
  }

  void place(const Row& row) {
    data::Values values;
    values.reserve(report_.columns.size());
    for (const auto& column : report_.columns) {
      const auto* cell = row.fields.if_contains(column.source_name);
      auto value = cell == nullptr ? Result<data::Value>(data::Value()) : to_value(*cell, column.type);
      if (!value) return reject("line " + std::to_string(row.line) + ", column " + column.source_name + ": " + value.error().message);
      values.push_back(*std::move(value));
    }
    eventlog::Record record;
    if (!key_.empty()) {
      const auto* cell = row.fields.if_contains(key_);
      if (cell != nullptr && !cell->is_null()) record.key = cell->is_string() ? std::string(cell->get_string()) : json::print(*cell);
    }
    const auto partition = record.key ? eventlog::partition_of(*record.key, partitions_).value : std::int32_t(row.line % partitions_);
    if (row.line <= done_lines_[std::size_t(partition)]) {
      ++report_.rows_already_there;
      return;
    }
    Bytes value = prefix_;
    encode_avro_row(report_.columns, values, value);
    record.value = std::move(value);
    pending_[std::size_t(partition)].push_back({row.line, std::move(record)});
  }

  struct Pending {
    std::int64_t line;
    eventlog::Record record;
  };

  eventlog::EventLog& log_;
  registry::Registry& registry_;
  LoadSpec spec_;
  FileFormat format_ = FileFormat::csv;
  std::unique_ptr<RowReader> reader_;
  std::vector<Row> sample_;
  std::size_t sampled_bytes_ = 0;
  std::string key_;
  Bytes prefix_;
  std::int32_t partitions_ = 1;
  std::unique_ptr<eventlog::Writer> writer_;
  std::vector<std::int64_t> done_lines_;
  std::vector<std::vector<Pending>> pending_;
  LoadReport report_;
};

}  // namespace

std::unique_ptr<FileLoad> FileLoad::begin(eventlog::EventLog& log, registry::Registry& registry, LoadSpec spec) {
  return std::make_unique<FileLoadImpl>(log, registry, std::move(spec));
}

}  // namespace braid::connect
