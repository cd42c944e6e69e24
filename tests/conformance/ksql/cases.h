// The cases of ksqlDB's query-validation-tests folder, expanded by their formats and configurations (ksqldb.md 1.1).
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "json.h"

namespace braid::cases {

struct Window { long long start = 0, end = 0; bool session = false; };
struct CaseRecord {
  std::string topic;                             // of an output possibly empty: the sink's
  Json key, value;
  std::optional<long long> timestamp;
  std::optional<Window> window;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;   // values as base64
};

struct Case {
  std::string name;                              // file - name - FORMAT - config
  std::vector<std::string> statements;
  std::map<std::string, std::string> properties;
  std::vector<Json> topics;
  std::vector<CaseRecord> inputs, outputs;
  bool has_inputs = false;
  const Json* expected_exception = nullptr;      // these point into the file that was read
  const Json* post = nullptr;
};

struct CaseFile {
  std::string name;                              // without .json
  std::shared_ptr<const Json> json;
  std::vector<Case> cases;
};
// All *.json files of a folder, by name. A file that cannot be read is an error.
Result<std::vector<CaseFile>> load_cases(const std::string& folder);

}  // namespace braid::cases
