// What a case of the parity suite sees: one broker that it asks, and a transcript of what the broker answered. The same case runs against our
// broker and against Apache Kafka; main.cc compares the two transcripts line by line.
//
// A transcript is a map: "step | path of a field" -> value. Elements of arrays are named by what identifies them (a topic by its name, a partition by
// its number), so the order of an answer does not matter. What must differ is left out or made comparable: addresses, texts of errors, the time
// a call took; ids become "set", members and producers M1, M2, P1 in the order of their appearance.
// One thread; blocking sockets, since nothing here is measured. An answer that does not come is noted; the next question opens a new connection.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "wire/all_messages.h"
#include "wire/record_batch.h"

namespace braid::parity {

using Transcript = std::map<std::string, std::string>;

// One TCP connection. Empty answers mean that the broker closed it (or did not answer in time).
class Connection {
 public:
  explicit Connection(const std::string& address);
  ~Connection();
  bool send(BytesView frame);
  std::optional<Bytes> receive(int seconds = 35);   // a reader may have asked to wait 30
  bool closed_by_peer(int milliseconds);   // waits that long for the end; an answer counts as "not closed"

 private:
  int fd_ = -1;
};

struct GiveUp {   // thrown: the rest of this case makes no sense
  std::string why;
};

struct Row {
  std::int64_t timestamp_ms = 0;
  std::optional<std::string> key, value;
};

class Script {
 public:
  Script(std::string address, std::string case_name) : address_(std::move(address)), case_(std::move(case_name)) {}

  // Asks and notes the answer, field by field, under this step.
  template <class Response, class Request> Response ask(const std::string& step, const Request& request, std::int16_t version) {
    send(main(), request, version);
    return take<Response>(main(), step, version);
  }
  // Asks and notes nothing: preparation, and what is asked until it is so.
  template <class Response, class Request> Response quiet(const Request& request, std::int16_t version) { return ask<Response>("", request, version); }
  template <class Response, class Request> Response until(const std::string& step, const Request& request, std::int16_t version, const std::function<bool(const Response&)>& good) {
    Response answer;
    for (int i = 0; i < 200; ++i) {
      answer = quiet<Response>(request, version);
      if (good(answer)) break;
      pause(100);
    }
    note(step, "reached", good(answer) ? "yes" : "no");
    note_message(step, answer, version);
    return answer;
  }
  // The two halves, for what is answered later: a member that waits for others.
  Connection& connection(int number);
  Connection& main() { return connection(0); }
  template <class Request> void send(Connection& to, const Request& request, std::int16_t version) {
    wire::RequestHeader header{Request::message.api, version, ++correlation_, "parity"};
    to.send(wire::frame_request(header, request).flat());
  }
  template <class Response> Response take(Connection& from, const std::string& step, std::int16_t version) {
    auto frame = from.receive();
    if (!frame) {
      drop(from);
      note(step.empty() ? "quietly" : step, "answer", "none: the connection ended");
      return Response{};
    }
    frames_.push_back(*std::move(frame));
    Reader in(frames_.back());
    in.be<std::int32_t>();
    const auto api = Response::message.api;
    if (api != wire::ApiKey::api_versions && wire::find_api(api)->flexible(version)) skip_tags(in);
    auto response = wire::decode<Response>(in.rest(), version);
    if (!response) {
      note(step, "answer", "cannot be decoded: " + response.error().text());
      return Response{};
    }
    note_message(step, *response, version);
    return *std::move(response);
  }
  void send_raw(Connection& to, BytesView bytes) { to.send(bytes); }

  void note(const std::string& step, const std::string& path, std::string value) {
    if (!step.empty()) transcript_[step + " | " + path] = std::move(value);
  }
  template <class Response> void note_message(const std::string& step, const Response& response, std::int16_t version) {
    if (step.empty()) return;
    std::string path;
    note_fields(step, path, response, version);
  }
  static void pause(int milliseconds);

  // Records of the answers, for tests of what is read: "offset:timestamp:key=value" each, batches apart by " / ".
  std::string records_text(const wire::Records& records);

  wire::Records batch(const std::vector<Row>& rows, wire::BatchOptions options = {}) {
    wire::BatchBuilder builder(options);
    for (const auto& row : rows) {
      std::optional<BytesView> key, value;
      if (row.key) key = *row.key;
      if (row.value) value = *row.value;
      builder.add(row.timestamp_ms, key, value);
    }
    return raw(*builder.finish());
  }
  wire::Records raw(Bytes bytes) {   // any bytes where records are due
    kept_.push_back(std::make_unique<Bytes>(std::move(bytes)));
    return wire::Records{{wire::Piece{*kept_.back()}}};
  }

  Transcript take_transcript() { return std::move(transcript_); }
  std::string name(const std::string& what) const { return case_ + "-" + what; }   // of topics and groups, so that cases do not meet

 private:
  void drop(Connection& connection);
  static void skip_tags(Reader& in);
  std::string symbol(char kind, const std::string& text);
  std::string leaf(std::string_view field, const std::string& text);

  template <class S> static std::string identity(const S& s, std::size_t index) {
    std::string id = std::to_string(index);
    if constexpr (requires { s.member_id; s.metadata; } || requires { s.member_id; s.member_metadata; }) id = "*" + s.member_id;   // by the order in which the case met them
    else if constexpr (requires { s.name; }) id = text_of(s.name);
    else if constexpr (requires { s.topic; }) id = text_of(s.topic);
    else if constexpr (requires { s.index; }) id = std::to_string(s.index);
    else if constexpr (requires { s.partition_index; }) id = std::to_string(s.partition_index);
    else if constexpr (requires { s.partition; }) id = std::to_string(s.partition);
    else if constexpr (requires { s.group_id; }) id = text_of(s.group_id);
    else if constexpr (requires { s.transactional_id; }) id = text_of(s.transactional_id);
    else if constexpr (requires { s.resource_name; }) id = text_of(s.resource_name);
    else if constexpr (requires { s.key; }) id = text_of(s.key);
    else if constexpr (requires { s.api_key; }) id = std::to_string(s.api_key);
    return id;
  }
  static std::string text_of(const std::string& s) { return s; }
  static std::string text_of(const std::optional<std::string>& s) { return s.value_or("(null)"); }

  template <class S> void note_fields(const std::string& step, const std::string& path, const S& s, std::int16_t version) {
    std::apply([&](const auto&... f) { (note_field(step, path, s, f, version), ...); }, S::fields());
  }
  template <class S, class F> void note_field(const std::string& step, const std::string& path, const S& s, const F& f, std::int16_t version) {
    if (!f.versions.contain(version) || left_out(f.name)) return;
    note_value(step, path.empty() ? std::string(f.name) : path + "." + std::string(f.name), f.name, s.*(f.member), version);
  }
  static bool left_out(std::string_view field);

  template <class T> void note_value(const std::string& step, const std::string& path, std::string_view field, const T& v, std::int16_t version) {
    if constexpr (requires { v.has_value(); *v; }) {
      if (v.has_value()) note_value(step, path, field, *v, version);
      else note(step, path, "null");
    } else if constexpr (std::is_same_v<T, bool>) note(step, path, v ? "true" : "false");
    else if constexpr (std::is_integral_v<T>) note(step, path, leaf(field, std::to_string(v)));
    else if constexpr (std::is_same_v<T, std::string>) note(step, path, leaf(field, v));
    else if constexpr (std::is_same_v<T, Uuid>) note(step, path, v == Uuid{} ? "zero" : "set");
    else if constexpr (std::is_same_v<T, wire::Blob>) note(step, path, v.bytes);
    else if constexpr (std::is_same_v<T, wire::Records>) note(step, path, records_text(v));
    else if constexpr (requires { v.size(); v.begin(); }) {
      note(step, path + ".size", std::to_string(v.size()));
      std::set<std::string> used;
      for (std::size_t i = 0; i < v.size(); ++i) note_element(step, path, field, v[i], i, used, version);
    } else note_fields(step, path, v, version);
  }
  template <class E> void note_element(const std::string& step, const std::string& path, std::string_view field, const E& e, std::size_t i, std::set<std::string>& used, std::int16_t version) {
    std::string id = std::to_string(i);
    if constexpr (requires { E::fields(); }) id = identity(e, i);
    if (id.starts_with("*")) id = symbol('M', id.substr(1));
    while (!used.insert(id).second) id += "'";
    note_value(step, path + "[" + id + "]", field, e, version);
  }

  std::string address_, case_;
  std::map<int, std::unique_ptr<Connection>> connections_;
  std::int32_t correlation_ = 0;
  std::deque<Bytes> frames_;                       // decoded records are views into these
  std::vector<std::unique_ptr<Bytes>> kept_;
  std::map<std::string, std::string> symbols_;
  std::map<char, int> symbol_counts_;
  Transcript transcript_;
};

struct Case {
  std::string_view name;
  void (*run)(Script&);
};

// One list each: topics_cases.cc, data_cases.cc, groups_cases.cc, transaction_cases.cc.
std::vector<Case> topic_cases();
std::vector<Case> data_cases();
std::vector<Case> group_cases();
std::vector<Case> transaction_cases();

}  // namespace braid::parity
