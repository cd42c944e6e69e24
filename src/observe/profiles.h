// Who is profiled, and what is kept of it: a Profiler for each topic that is a port of a product, the activity of all topics, and both written to the
// topic `_braid_profiles`, from where a restart goes on. Format: docs/formats/profiles.md.
//
// A profile is kept as one record, sketches and positions together: every few seconds while it is young, later every five minutes, and at a clean stop. After
// kill -9 it goes on from the last kept state and reads the rest again. Products that come, change or go are followed within two seconds.
// Lives on the control shard; its profilers are spread over all shards. What Parts names outlives it; await close() before destroying it.
// Errors of open(): those of the log. A kept state that cannot be read is left out with a log line; the topic is profiled anew.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "eventlog/event_log.h"
#include "mesh/mesh.h"
#include "observe/activity.h"
#include "observe/profiler.h"
#include "observe/promises.h"
#include "observe/pulse.h"
#include "registry/registry.h"

namespace braid::observe {

struct ProfilesOptions {
  double share = 0.08;                                     // of a shard's time, for all its profilers together
  io::Milliseconds keep_least{5'000}, keep_most{300'000};  // a profile is kept after a quarter of its age, within these
  io::Milliseconds keep_activity{60'000};
  io::Milliseconds look{1'000};                            // how often this looks around
};

class Profiles {
 public:
  static constexpr std::string_view topic = "_braid_profiles";
  struct Parts {
    eventlog::EventLog& log;
    registry::Registry& registry;
    mesh::Mesh& mesh;
    Pulse& pulse;                                          // beats already
    io::Shards& shards;
    Metrics& metrics;
    const Clock& clock;
  };

  static io::Task<Result<std::unique_ptr<Profiles>>> open(Parts parts, ProfilesOptions options = {});
  ~Profiles();
  io::Task<void> close();                                  // keeps what is new

  // Of a topic that is followed; empty when it is not (then profile_newest()).
  io::Task<std::optional<Profiler::View>> view(std::string topic, bool with_fields = true);
  io::Task<Result<TopicProfile>> profile_newest(std::string topic, std::uint64_t records);
  bool followed(const std::string& topic) const;
  std::string why_not(const std::string& topic) const;     // a port of a product is not followed; empty: there is no reason

  const Activity& activity() const;
  const Pulse& pulse() const;
  // What the product promises for this topic, held against what was seen.
  io::Task<std::vector<Judged>> judged(const mesh::Product& product, std::string topic, bool with_history = true);

 private:
  struct Impl;
  explicit Profiles(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace braid::observe
