// /api/v1: live numbers, the activity of topics, profiles of topics and products with what is promised beside what is measured.
// Described by observe_openapi(), which the tests hold real answers against. Lives on the control shard; what it refers to outlives it.
//
//   GET /api/v1/live                        server-sent events, one `tick` a second; ?topics=a,b for some topics only
//   GET /api/v1/live/snapshot               the same, once
//   GET /api/v1/topics/{topic}/activity     ?period=6h&periods=28; ?period=1m for the last two hours by the minute
//   GET /api/v1/activity                    the same of many topics, in short
//   GET /api/v1/topics/{topic}/profile      ?records=N: of the newest N records, computed now; without it of a port of a product the running profile
//   GET /api/v1/products/{product}/profile
//   GET /api/v1/promises                    of all products, without their past; ?domain=&owner=&state=
#pragma once
#include "api/records/records.h"
#include "http/server.h"
#include "mesh/mesh.h"
#include "observe/profiles.h"

namespace braid::api {

std::string_view observe_openapi();

class ObserveApi {
 public:
  // `guard` says who may read a topic; the others see a profile without the values of its records. Null: everybody may.
  ObserveApi(observe::Pulse& pulse, observe::Profiles& profiles, mesh::Mesh& mesh, eventlog::EventLog& log, const Clock& clock, TopicGuard* guard = nullptr)
      : pulse_(pulse), profiles_(profiles), mesh_(mesh), log_(log), clock_(clock), guard_(guard) {}
  void add_routes(http::Router& router);

 private:
  using Answer = io::Task<http::Response>;
  using Wanted = std::set<std::string, std::less<>>;
  Answer live(http::Request r);
  Answer snapshot(http::Request r);
  Answer activity(http::Request r);
  Answer activities(http::Request r);
  Answer promises(http::Request r);
  Answer topic_profile(http::Request r);
  Answer product_profile(http::Request r);
  io::Task<void> stream(http::BodyWriter& out, std::shared_ptr<const Wanted> topics);
  io::Task<Result<json::object>> profile_json(std::string topic, const mesh::Product* product, std::optional<std::int64_t> records);
  void hide_values(const http::Request& r, const std::string& topic, json::object& profile) const;
  Error no_topic(const std::string& name) const;

  observe::Pulse& pulse_;
  observe::Profiles& profiles_;
  mesh::Mesh& mesh_;
  eventlog::EventLog& log_;
  const Clock& clock_;
  TopicGuard* guard_;
  std::size_t streams_ = 0;
};

}  // namespace braid::api
