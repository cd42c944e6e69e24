// STOMP 1.2 frames (stomp.github.io/stomp-specification-1.2.html), as the prototype's client speaks them over a WebSocket. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace braid::api {

struct StompFrame {
  std::string command;
  std::vector<std::pair<std::string, std::string>> headers;   // decoded; the first of a name counts
  std::string body;
  std::string_view header(std::string_view name) const;       // empty when it is not there
};
// Takes the frames that are whole off the front of `text`; what is left needs more. Ends of lines between frames (heart-beats) are skipped.
Result<std::vector<StompFrame>> take_stomp_frames(std::string& text);
std::string print(const StompFrame& frame);                   // with content-length when there is a body

}  // namespace braid::api
