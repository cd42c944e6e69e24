// Statements that one can start from: those of the data mesh course, corrected. Given to the editor (/api/v1/use-cases) and to the prototype's API.
#pragma once
#include <string>
#include <vector>

namespace braid::api {

struct UseCase {
  std::string name, title, description;
  std::vector<std::string> inputs;         // topics of products
  std::string output;                      // the topic that the statement fills
  bool table = false;
  std::string sql;                         // one CREATE ... AS SELECT with its semicolon
};
const std::vector<UseCase>& course_use_cases();

}  // namespace braid::api
