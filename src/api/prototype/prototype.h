// The API and websocket of the data mesh course's prototype, so that a client written for it works against Braid: /priv/*, /ksqldb/execute-use-case,
// /urls/*, /actuator/*, STOMP over /priv/socket. What is matched: docs/guide/prototype.md.
//
// An adapter: it holds no state but its open sockets, and everything it does is a call of our public APIs (through `api`, in the same process), so
// ownership, audit and errors are theirs. Its own API knows no callers; it acts as one configured person for one configured domain.
// Lives on the control shard; `api` is the router that it is added to.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/editor/use_cases.h"
#include "base/json.h"
#include "http/server.h"

namespace braid::api {

struct PrototypeOptions {
  std::string person = "tomas";            // whom it acts as; a Braid-As header wins
  std::string domain = "analytics";
  std::vector<UseCase> use_cases{};
};

class Prototype {
 public:
  Prototype(const http::Router& api, PrototypeOptions options);
  void add_routes(http::Router& router);

 private:
  using Answer = io::Task<http::Response>;
  struct Reply {
    int status = 0;
    json::value body;
    bool ok() const { return status >= 200 && status < 300; }
    std::string message() const;           // of an error, with its hint
  };
  struct Deed {                            // what one request of the client did, for the audit log
    std::string as, base;                  // whom it acts as; http://host:port as the client reached us
    io::Endpoint peer;
    std::vector<std::string> commands;
    std::string authorization{};           // as the client sent it: what it does here it does as itself
  };
  Deed deed_of(const http::Request& r) const;
  io::Task<Reply> call(Deed& deed, std::string method, std::string target, std::string body = {});
  void say(const std::string& message, const std::vector<std::string>& commands);   // to all who listen

  io::Task<Result<json::array>> products(Deed& deed);
  json::value product_json(const Deed& deed, const json::object& product, const json::object& port) const;
  json::object urls_of(const Deed& deed, const std::string& topic) const;

  Answer data_products(http::Request r);
  Answer data_product(http::Request r);
  Answer publish(http::Request r);
  Answer remove(http::Request r);
  Answer manage(http::Request r);
  Answer use_cases(http::Request r);
  Answer execute(http::Request r);
  Answer topics(http::Request r);
  Answer link(http::Request r, std::string path);
  Answer product_urls(http::Request r);
  Answer info(http::Request r);
  Answer health(http::Request r);
  Answer socket(http::Request r);
  io::Task<void> talk(http::WebSocket& socket);

  struct Listener {
    http::WebSocket* socket;               // lives as long as the session that holds the Listener
    std::vector<std::pair<std::string, std::string>> subscriptions;   // id, destination
  };
  const http::Router& api_;
  PrototypeOptions options_;
  std::set<Listener*> listeners_;
  std::uint64_t next_message_ = 0;
};

}  // namespace braid::api
