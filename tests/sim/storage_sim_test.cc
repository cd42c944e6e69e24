// Promises of the log that must survive power cuts, failing disks and full disks, checked against a model from a seed:
//   nothing acknowledged is lost; no offset ever shows two values; what one producer writes stays in order and is there once, also when it repeats
//   a batch whose fate it does not know; a topic's id is its own for ever; the log starts again after every power cut.
// Topics with flush.policy=async have the same promises while only the process dies; a power cut may take a last part of each of their partitions.
// A failure prints the seed. Run one: SIM_FIRST_SEED=17 SIM_SEEDS=1 build/tests/sim/test_sim
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <map>
#include <random>
#include <set>

#include "base/log.h"
#include "io/sim/files.h"
#include "storage/log.h"
#include "wire/record_batch.h"

namespace braid::storage {
namespace {

struct Key {
  Uuid topic{};
  std::int32_t partition = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
};

// What is known of one partition.
struct Model {
  std::map<std::int64_t, std::string> seen;     // every value that was acknowledged or read, by offset
  std::map<std::int64_t, std::string> owed;     // acknowledged: must be there, unless it was deleted
  std::int64_t log_start = 0;                   // acknowledged
  bool async = false;
};

// An idempotent producer that writes numbered values into one partition, one batch at a time, and repeats what was not answered.
struct Writer {
  Key to;
  std::int64_t id = -1;
  std::int32_t next_sequence = 0;
  int next_value = 0;
  std::vector<std::string> pending;             // sent, not answered
  bool busy = false;
  int attempt = 0;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed, bool lying_disk = false) : random_(seed), disk_(seed * 7919 + 1), clock_(1'700'000'000'000) {
    disk_.forget_syncs(lying_disk);
  }

  std::string run(int steps) {   // empty when all is well
    start();
    for (int i = 0; i < steps && problem_.empty(); ++i) step();
    if (problem_.empty()) settle();
    stop();
    return problem_;
  }

 private:
  void say(const std::string& what) {
    static const bool loud = std::getenv("SIM_LOG") != nullptr;
    if (loud) std::fprintf(stderr, "  %s\n", what.c_str());
  }
  std::uint64_t roll(std::uint64_t n) { return random_() % n; }
  void fault(std::string what) {
    if (problem_.empty()) problem_ = std::move(what);
  }

  void start() {
    shards_ = io::Shards::without_threads(2);
    LogOptions options;
    options.directory = "data";
    options.wal_file_bytes = 8 * 1024;
    options.free_bytes_min = 0;
    options.clock = &clock_;
    options.threads = false;
    options.lock = false;
    options.new_id = [this] {
      Uuid id{};
      for (auto& byte : id) byte = std::uint8_t(roll(256));
      return id;
    };
    auto opened = Log::open(disk_, *shards_, options);
    if (!opened) {
      if (!disk_.is_off()) fault("the log does not start: " + opened.error().text());
      shards_.reset();
      return;
    }
    log_ = *std::move(opened);
  }
  void stop() {
    disk_.power_off();   // so that everything under way ends
    drain();
    log_.reset();
    shards_.reset();
    reading_ = false;
    checkpointing_ = compacting_ = false;
    for (auto& w : writers_) w.busy = false;
  }
  bool some_progress() {
    bool any = false;
    for (int i = 0; i < shards_->size(); ++i) any = shards_->at(i).poll() > 0 || any;
    return log_->commit_step() || any;
  }
  void drain() {
    if (!log_) return;
    while (some_progress()) {}
  }

  void crash() {
    say("crash");
    stop();
    disk_.set_faults({});
    power_is_back();
    start_again();
  }
  // The machine lives on: everything that was written is there.
  void kill() {
    if (disk_.is_off()) return crash();
    say("kill");
    stop();
    disk_.set_faults({});
    disk_.kill_process();
    faulty_ = read_faults_ = false;
    start();
    if (log_) verify_after_start();
  }
  void power_is_back() {
    disk_.power_on();
    for (auto& [_, model] : models_)
      if (model.async) {
        model.seen.clear();
        model.owed.clear();
        model.log_start = 0;
      }
    for (auto& w : writers_)   // a producer whose batches are gone cannot go on under its number
      if (models_[w.to].async) {
        w.id = ++local_producer_ids_;
        w.next_sequence = 0;
        w.pending.clear();
      }
  }
  void start_again() {
    for (bool first = true;; first = false) {
      if (!first) power_is_back();
      if (roll(4) == 0) disk_.power_off_after(int(roll(20)) + 1);   // again, during the recovery
      start();
      if (log_ || !problem_.empty()) break;
    }
    if (log_) verify_after_start();
  }

  void verify_after_start() {
    for (auto& [key, model] : models_) {
      const auto topic = log_->topics()->find(key.topic);
      if (!topic) {
        if (!gone_.contains(key.topic)) fault("topic " + to_text(key.topic) + " is lost");
        continue;
      }
      if (deleted_.contains(key.topic)) fault("topic " + to_text(key.topic) + " came back");
    }
  }

  // Three keys a writer: "w7-12-xxx" has the key "w7-0".
  static std::string key_of(const std::string& value) {
    const auto dash = value.find('-');
    return value.substr(0, dash + 1) + std::to_string(std::stoi(value.substr(dash + 1)) % 3);
  }
  static Bytes batch_of(const Writer& w) {
    wire::BatchOptions options;
    options.producer_id = w.id;
    options.producer_epoch = 0;
    options.base_sequence = w.next_sequence;
    wire::BatchBuilder builder(options);
    for (const auto& value : w.pending) builder.add(1'700'000'000'000, key_of(value), value);
    return *builder.finish();
  }

  static io::Task<void> send(Simulation& sim, std::size_t index, TopicPtr topic, int attempt) {
    auto& w = sim.writers_[index];
    auto appending = sim.log_->append(topic, PartitionId{w.to.partition}, batch_of(w));
    const auto done = co_await std::move(appending);
    sim.answered(sim.writers_[index], done, attempt);
  }
  void answered(Writer& w, const LogResult<Appended>& done, int attempt) {
    if (attempt != w.attempt) return;
    w.busy = false;
    if (!done) {
      say("refused w" + std::to_string(w.id) + ": " + done.error().error.message);
      if (done.error().reason != Reason::storage_failed && done.error().reason != Reason::unknown_topic_or_partition && done.error().reason != Reason::stopping)
        fault("an append was refused: " + done.error().error.message);
      return;   // it will be sent again
    }
    auto& model = models_[w.to];
    auto offset = done->base_offset.value;
    say("acknowledged w" + std::to_string(w.id) + " sequence " + std::to_string(w.next_sequence) + " at " + std::to_string(offset) + " partition " +
        std::to_string(w.to.partition) + (done->duplicate ? " (again)" : ""));
    for (const auto& value : w.pending) {
      note(model, w.to, offset, value);
      if (offset >= model.log_start) model.owed[offset] = value;
      ++offset;
    }
    w.next_sequence += std::int32_t(w.pending.size());
    w.pending.clear();
  }
  void note(Model& model, const Key& key, std::int64_t offset, const std::string& value) {
    const auto [at, fresh] = model.seen.emplace(offset, value);
    if (!fresh && at->second != value)
      fault("offset " + std::to_string(offset) + " of partition " + std::to_string(key.partition) + " showed '" + at->second + "' and now '" + value + "'");
  }

  // Reads a whole partition from its start and compares.
  static io::Task<void> read_all(Simulation& sim, Key key, TopicPtr topic) {
    const auto owed = sim.models_[key].owed;   // before the marks: what is acknowledged later may lie behind the end we read to
    const auto start_before = sim.models_[key].log_start;
    auto looking = sim.log_->state(topic, PartitionId{key.partition});
    const auto state = co_await std::move(looking);
    if (!state) {
      sim.reading_ = false;
      co_return;
    }
    std::map<std::int64_t, std::string> found;
    std::set<std::string> values;
    Offset at = state->log_start;
    while (at < state->high_watermark) {
      ReadOptions options;
      options.bytes_max = std::size_t(1 + sim.roll(400));
      auto reading = sim.log_->read(topic, PartitionId{key.partition}, at, options);
      const auto read = co_await std::move(reading);
      if (!read) {
        if (read.error().reason == Reason::offset_out_of_range || sim.disk_.is_off() || sim.read_faults_) break;   // deleted meanwhile, or the disk
        if (read.error().reason == Reason::unknown_topic_or_partition || read.error().error.message.find("simulated") != std::string::npos) break;
        sim.fault("reading offset " + std::to_string(at.value) + ": " + read.error().error.message);
        break;
      }
      if (read->next == at) {
        sim.fault("a read at offset " + std::to_string(at.value) + " gave nothing below the high watermark " + std::to_string(state->high_watermark.value));
        break;
      }
      for (const auto& piece : read->pieces) {
        BytesView bytes = piece.bytes;
        while (!bytes.empty()) {
          const auto batch = wire::take_batch(bytes);
          if (!batch) {
            sim.fault("a read gave a bad batch: " + batch.error().message);
            break;
          }
          Bytes scratch;
          auto records = *wire::RecordReader::open(*batch, scratch);
          wire::RecordRef record;
          std::vector<wire::RecordHeader> headers;
          while (*records.next(record, headers))
            if (record.offset >= at.value) {
              if (!values.insert(Bytes(*record.value)).second) sim.fault("value '" + Bytes(*record.value) + "' is there twice");
              found[record.offset] = Bytes(*record.value);
            }
        }
      }
      at = read->next;
    }
    auto& model = sim.models_[key];
    std::map<std::string, int> last;   // of each writer
    for (const auto& [offset, value] : found) {
      sim.note(model, key, offset, value);
      const auto dash = value.find('-');
      const int number = std::stoi(value.substr(dash + 1));
      auto& before = last.try_emplace(value.substr(0, dash), -1).first->second;
      if (number <= before) sim.fault("value '" + value + "' comes after number " + std::to_string(before));
      before = number;
    }
    std::map<std::string, std::int64_t> newest;   // by key: compaction may take what is older
    if (topic->config.compacted)
      for (const auto& [offset, value] : model.seen) newest[key_of(value)] = offset;
    if (at >= state->high_watermark) {
      for (const auto& [offset, value] : owed) {
        if (offset < state->log_start.value || offset < start_before || found.contains(offset)) continue;
        if (topic->config.compacted && newest[key_of(value)] > offset) continue;
        sim.fault("acknowledged offset " + std::to_string(offset) + " ('" + value + "') of partition " + std::to_string(key.partition) + " is lost; the log has " +
                  std::to_string(state->log_start.value) + " to " + std::to_string(state->high_watermark.value));
      }
    }
    if (state->log_start.value < start_before) sim.fault("the log start went back from " + std::to_string(start_before) + " to " + std::to_string(state->log_start.value));
    sim.reading_ = false;
  }

  static io::Task<void> make_checkpoint(Simulation& sim) {
    auto making = sim.log_->checkpoint();
    const auto made = co_await std::move(making);   // on a failing disk it may fail; nothing may be lost by it
    sim.say(made ? "checkpoint" : "checkpoint failed: " + made.error().error.message);
    sim.checkpointing_ = false;
  }
  static io::Task<void> delete_some(Simulation& sim, Key key, TopicPtr topic, std::int64_t before) {
    sim.models_[key].owed.erase(sim.models_[key].owed.begin(), sim.models_[key].owed.lower_bound(before));   // from now on it may go
    auto deleting = sim.log_->delete_records(topic, PartitionId{key.partition}, Offset{before});
    const auto done = co_await std::move(deleting);
    sim.say("deleted below " + std::to_string(before) + (done ? "" : " failed"));
    if (done) sim.models_[key].log_start = std::max(sim.models_[key].log_start, done->value);
  }
  static io::Task<void> make_topic(Simulation& sim, std::string name, ConfigMap configs) {
    NewTopic fresh;
    fresh.name = std::move(name);
    fresh.partitions = 2;
    fresh.configs = std::move(configs);
    auto making = sim.log_->create_topic(std::move(fresh));
    const auto made = co_await std::move(making);
    if (!made) co_return;
    for (std::int32_t p = 0; p < 2; ++p) {
      const Key key{(*made)->id, p};
      if (sim.models_.contains(key)) sim.fault("a topic id was used twice");
      sim.models_[key].async = !(*made)->config.durable;
      for (int i = 0; i < 2; ++i) {
        auto naming = sim.log_->new_producer_id();
        const auto id = co_await std::move(naming);
        if (!id) co_return;
        if (!sim.producer_ids_.insert(*id).second) sim.fault("producer id " + std::to_string(*id) + " was given twice");
        Writer w;
        w.to = key;
        w.id = *id;
        sim.writers_.push_back(std::move(w));
      }
    }
  }
  static io::Task<void> delete_topic(Simulation& sim, Uuid id) {
    sim.gone_.insert(id);   // from now on it may be gone
    auto deleting = sim.log_->delete_topic(id);
    const auto done = co_await std::move(deleting);
    if (done) sim.deleted_.insert(id);
  }
  static io::Task<void> close(Simulation& sim) {
    auto closing = sim.log_->close();
    co_await std::move(closing);
    sim.closed_ = true;
  }

  ConfigMap configs() {
    ConfigMap all{{"segment.bytes", std::to_string(200 + roll(2000))}};
    if (roll(2) == 0) {
      all["cleanup.policy"] = "compact";
      all["min.cleanable.dirty.ratio"] = "0";
    }
    if (roll(3) == 0) all["flush.policy"] = "async";
    return all;
  }
  static io::Task<void> compact_all(Simulation& sim) {
    auto compacting = sim.log_->compact();
    co_await std::move(compacting);
    sim.say("compacted");
    sim.compacting_ = false;
  }

  void step() {
    if (!log_) return crash();
    clock_.advance_ms(std::int64_t(roll(1000)));
    switch (const auto what = roll(100); what) {
      case 0: case 1: return crash();
      case 20: case 21: return kill();
      case 2: say("power goes soon"); disk_.power_off_after(int(roll(12)) + 1); return;
      case 3: {
        say("close");
        if (disk_.is_off() || read_faults_) return;
        closed_ = false;
        shards_->control().spawn(close(*this));
        drain();
        if (!closed_ && !disk_.is_off()) fault("close() does not end");
        const bool clean = !disk_.is_off() && !faulty_ && log_->status().failed.empty();
        stop();
        disk_.set_faults({});
        faulty_ = read_faults_ = false;
        if (clean) disk_.kill_process();
        else power_is_back();
        start();
        if (log_ && clean && log_->recovered()) fault("a clean stop looks like a crash");
        if (log_) verify_after_start();
        return;
      }
      case 4: {
        io::SimFaults faults;
        if (roll(2) == 0) faults.write_fails = 0.2;
        else faults.sync_fails = 0.05;
        if (roll(3) == 0) faults.read_fails = 0.1, read_faults_ = true;
        say("faults");
        disk_.set_faults(faults);
        faulty_ = true;
        return;
      }
      case 5: {
        io::SimFaults faults;
        faults.capacity_bytes = disk_.used_bytes() + roll(4000);
        say("faults");
        disk_.set_faults(faults);
        faulty_ = true;
        return;
      }
      case 6: case 7:
        disk_.set_faults({});
        faulty_ = read_faults_ = false;
        return;
      case 8: case 9: case 10: case 11:
        if (checkpointing_) return;
        checkpointing_ = true;
        shards_->control().spawn(make_checkpoint(*this));
        return;
      case 17: case 18: case 19:
        if (!std::exchange(compacting_, true)) shards_->control().spawn(compact_all(*this));
        return;
      case 12: case 13:
        if (models_.size() < 12) shards_->control().spawn(make_topic(*this, "t" + std::to_string(roll(8)), configs()));
        return;
      case 14:
        if (!models_.empty() && roll(3) == 0) {
          auto at = models_.begin();
          std::advance(at, long(roll(models_.size())));
          if (!gone_.contains(at->first.topic) && log_->topics()->find(at->first.topic)) shards_->control().spawn(delete_topic(*this, at->first.topic));
        }
        return;
      case 15: case 16:
        if (!models_.empty()) {
          auto at = models_.begin();
          std::advance(at, long(roll(models_.size())));
          const auto topic = log_->topics()->find(at->first.topic);
          if (topic && !at->second.owed.empty()) {
            auto upto = at->second.owed.begin();
            std::advance(upto, long(roll(at->second.owed.size())));
            shards_->at(int(roll(2))).spawn(delete_some(*this, at->first, topic, upto->first));
          }
        }
        return;
      default: break;
    }
    if (roll(3) == 0) {
      for (std::uint64_t n = roll(6); n > 0; --n)
        if (roll(2) == 0) log_->commit_step();
        else shards_->at(int(roll(2))).poll();
    } else if (roll(6) == 0 && !models_.empty() && !reading_) {
      auto at = models_.begin();
      std::advance(at, long(roll(models_.size())));
      start_reading(at->first);
    } else if (!writers_.empty()) {
      write_from(std::size_t(roll(writers_.size())));
    } else {
      drain();
    }
  }
  void start_reading(const Key& key) {
    const auto topic = log_->topics()->find(key.topic);
    if (!topic) return;
    reading_ = true;
    shards_->at(int(roll(2))).spawn(read_all(*this, key, topic));
  }
  void write_from(std::size_t index) {
    auto& w = writers_[index];
    const auto topic = log_->topics()->find(w.to.topic);
    if (w.busy || !topic) return;
    if (w.pending.empty())
      for (std::uint64_t n = 1 + roll(4); n > 0; --n)
        w.pending.push_back("w" + std::to_string(w.id) + "-" + std::to_string(w.next_value++) + "-" + std::string(roll(120), 'x'));
    w.busy = true;
    shards_->at(int(roll(2))).spawn(send(*this, index, topic, ++w.attempt));
  }

  // At the end: a healthy disk, everything unanswered is sent again, then everything is read.
  void settle() {
    disk_.set_faults({});
    faulty_ = read_faults_ = false;
    crash();
    if (!problem_.empty()) return;
    disk_.power_off_after(-1);
    if (disk_.is_off()) crash();
    for (int round = 0; round < 2 && problem_.empty(); ++round) {
      for (std::size_t i = 0; i < writers_.size(); ++i)
        if (!writers_[i].pending.empty()) write_from(i);
      drain();
    }
    for (const auto& w : writers_)
      if (!w.pending.empty() && log_->topics()->find(w.to.topic)) fault("a healthy log does not take what was unanswered");
    for (const auto& [key, _] : models_) {
      if (!problem_.empty()) return;
      start_reading(key);
      drain();
      if (reading_) fault("a read does not end");
    }
  }

  std::mt19937_64 random_;
  io::SimFiles disk_;
  ManualClock clock_;
  std::unique_ptr<io::Shards> shards_;
  std::unique_ptr<Log> log_;
  std::map<Key, Model> models_;
  std::deque<Writer> writers_;
  std::set<Uuid> gone_, deleted_;
  std::set<std::int64_t> producer_ids_;
  std::int64_t local_producer_ids_ = 1'000'000'000;
  std::string problem_;
  bool reading_ = false, compacting_ = false, checkpointing_ = false, closed_ = false, faulty_ = false, read_faults_ = false;
};

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(StorageSimulation, KeepsItsPromises) {
  log::configure(std::getenv("SIM_LOG") != nullptr ? log::Level::debug : log::Level::off, log::Style::text);
  const auto first = from_environment("SIM_FIRST_SEED", 0), count = from_environment("SIM_SEEDS", 1000);
  for (auto seed = first; seed < first + count; ++seed) {
    const auto problem = Simulation(seed).run(300);
    ASSERT_EQ(problem, "") << "SIM_FIRST_SEED=" << seed << " SIM_SEEDS=1 build/tests/sim/test_sim";
  }
}

// The simulation must be able to fail: a disk that only says that it has synced loses what was acknowledged.
TEST(StorageSimulation, FindsALyingDisk) {
  log::configure(log::Level::off, log::Style::text);
  int found = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) found += Simulation(seed, true).run(300).empty() ? 0 : 1;
  EXPECT_GT(found, 10);
}

}  // namespace
}  // namespace braid::storage
