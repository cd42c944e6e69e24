// A node: everything of Braid, built in order and passed in (no singletons), stopped in reverse.
//
// Threads: start() and stop() are called from a thread that is no shard (main); they block. Everything built here lives on the control shard
// unless its own header says otherwise. Ownership: the Node owns shards, files, log, registry, engine, mesh, servers.
// Errors of start(): one sentence each for a taken port, a data directory in use or unreadable, an address that others could reach.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "node/config.h"

namespace braid::node {

struct Addresses {
  std::string kafka;      // "127.0.0.1:9092": where Kafka clients find the log, here or in the cluster that the node runs on
  std::string main;       // "http://127.0.0.1:8080"
  std::string registry;   // "http://127.0.0.1:8081"
  std::string ksql;       // "http://127.0.0.1:8088"
  std::string first_login;   // a file with the password of the first user, if this start has made one
};

// The demo mesh: organisation, products, set-up statements and generators. Made once; later starts only start the generators again.
struct Demo {
  std::optional<double> records_per_second;   // of each sample; empty: the course's own pace
};

struct Parts;

class Node {
 public:
  static Result<std::unique_ptr<Node>> start(Config config, std::optional<Demo> demo = std::nullopt);
  ~Node();                             // stops, if stop() was not called
  void stop();                         // refuses newcomers, lets what runs finish (a few seconds), writes what is in memory
  void reload();                       // reads the certificate's files again; any thread
  const Addresses& addresses() const;

 private:
  explicit Node(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace braid::node
