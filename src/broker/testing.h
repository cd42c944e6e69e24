// Topics for tests of consumer groups. Not part of the library: included by *_test.cc and *_prop.cc alone.
#pragma once
#include <re2/re2.h>

#include <map>
#include <string>

#include "broker/consumer_group.h"

namespace braid::broker {

struct TestTopics : TopicDirectory {
  std::map<std::string, TopicShape> topics;
  std::optional<TopicShape> find(const std::string& name) const override {
    const auto it = topics.find(name);
    return it == topics.end() ? std::nullopt : std::optional(it->second);
  }
  std::vector<TopicShape> matching(const std::string& regex) const override {
    std::vector<TopicShape> out;
    for (const auto& [name, shape] : topics)
      if (RE2::FullMatch(name, regex)) out.push_back(shape);
    return out;
  }
};

}  // namespace braid::broker
