#include "observe/record_decoder.h"
#include "base/limits/observe.h"

#include <simdjson.h>

#include <algorithm>


namespace braid::observe {

using data::Column;
using data::Kind;
using data::Type;

namespace {

constexpr int depth_max = 16;                          // of nested fields that are looked into
constexpr io::Milliseconds ask_again{5000};
constexpr std::size_t wire_header_bytes = 5;

std::optional<SchemaId> schema_id_of(BytesView payload) {
  if (payload.size() < wire_header_bytes || payload[0] != 0) return std::nullopt;
  return SchemaId{load_be<std::int32_t>(payload.data() + 1)};
}

bool readable_text(std::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size())) return false;
  return std::ranges::none_of(text, [](char c) { return std::uint8_t(c) < 0x20 && c != '\n' && c != '\t' && c != '\r'; });
}

char first_character(std::string_view text) {
  const auto at = text.find_first_not_of(" \t\r\n");
  return at == text.npos ? '\0' : text[at];
}

std::string whole_name(Side side) { return side == Side::key ? "(key)" : "(value)"; }
std::string inner(const std::string& path, std::string_view name) { return path.empty() ? std::string(name) : path + "." + std::string(name); }

}  // namespace

const format::SchemaText* SchemaTexts::by_id(SchemaId id) {
  const auto at = known_.find(id.value);
  return at == known_.end() ? nullptr : &at->second;
}
bool SchemaTexts::wanted(SchemaId id) const {
  if (known_.contains(id.value)) return false;
  const auto asked = unknown_until_.find(id.value);
  return asked == unknown_until_.end() || std::chrono::steady_clock::now() >= asked->second;
}
void SchemaTexts::put(SchemaId id, Result<format::SchemaText> text) {
  if (text) known_[id.value] = *std::move(text);
  else if (unknown_until_.size() < limits::profile_fields_max || unknown_until_.contains(id.value)) unknown_until_[id.value] = io::after(ask_again);
}

struct RecordDecoder::BySchema {
  std::string problem;                                 // why nothing of it can be decoded
  std::vector<data::Field> columns;
  std::vector<std::string> paths;
  std::unique_ptr<format::Serde> serde;

  static std::unique_ptr<BySchema> make(Side side, const format::SchemaText& text, format::Schemas& schemas) {
    auto out = std::make_unique<BySchema>();
    const bool is_key = side == Side::key;
    const auto as = text.type == "AVRO" ? format::Format::avro : text.type == "PROTOBUF" ? format::Format::protobuf : format::Format::json_sr;
    auto inferred = format::infer_columns(as, text, is_key);
    if (!inferred) {
      out->problem = inferred.error().message;
      return out;
    }
    out->columns = std::move(inferred->columns);
    for (auto& c : out->columns) {
      out->paths.push_back(inferred->unwrapped ? whole_name(side) : c.name);
      if (inferred->unwrapped) c.name = "VALUE";
    }
    format::SerdeSpec spec;
    spec.format = as;
    spec.is_key = is_key;
    spec.unwrap_single = inferred->unwrapped;
    spec.columns = out->columns;
    auto serde = format::make_serde(std::move(spec), schemas);
    if (!serde) out->problem = serde.error().message;
    else out->serde = *std::move(serde);
    return out;
  }
};

// What JSON without a schema consists of: a tree of names, each with columns for the kinds of values it had in the lot at hand.
struct RecordDecoder::JsonTree {
  struct Node {
    std::string path;
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> members;   // few enough to be looked through, and mostly in the same order
    std::unique_ptr<Node> items;
    std::size_t likely = 0;
    Column longs{Kind::bigint}, doubles{Kind::double_}, texts{Kind::string}, bools{Kind::boolean};
    std::uint64_t nulls = 0, objects = 0;
    data::Values lists;
  };
  Node root;
  std::size_t nodes = 1;
  simdjson::dom::parser parser;
  Bytes padded;

  Node* member(Node& of, std::string_view name) {
    for (std::size_t n = 0; n < of.members.size(); ++n) {
      const std::size_t i = (of.likely + n) % of.members.size();
      if (of.members[i].first != name) continue;
      of.likely = i + 1;
      return of.members[i].second.get();
    }
    if (nodes >= limits::profile_fields_max) return nullptr;
    ++nodes;
    auto& made = of.members.emplace_back(std::string(name), std::make_unique<Node>());
    made.second->path = inner(of.path, name);
    return made.second.get();
  }

  void take(Node& node, simdjson::dom::element e, int depth) {
    using enum simdjson::dom::element_type;
    switch (e.type()) {
      case OBJECT: {
        ++node.objects;
        if (depth >= depth_max) return;
        const simdjson::dom::object object = e.get_object().value_unsafe();   // named: g++ 12 lets a range's temporaries die too early
        for (const auto field : object)
          if (Node* to = member(node, field.key)) take(*to, field.value, depth + 1);
        return;
      }
      case ARRAY: {
        const auto list = e.get_array().value_unsafe();
        node.lists.push_back(data::Value::array(data::Values(list.size())));
        if (depth >= depth_max) return;
        if (!node.items) {
          if (nodes >= limits::profile_fields_max) return;
          ++nodes;
          node.items = std::make_unique<Node>();
          node.items->path = node.path + "[]";
        }
        for (const auto item : list) take(*node.items, item, depth + 1);
        return;
      }
      case INT64: node.longs.append_long(e.get_int64().value_unsafe()); return;
      case UINT64: node.doubles.append_double(double(e.get_uint64().value_unsafe())); return;
      case DOUBLE: node.doubles.append_double(e.get_double().value_unsafe()); return;
      case STRING: node.texts.append_text(e.get_string().value_unsafe()); return;
      case BOOL: node.bools.append_bool(e.get_bool().value_unsafe()); return;
      case NULL_VALUE: ++node.nulls; return;
    }
  }
};

RecordDecoder::RecordDecoder() : schemas_(std::make_unique<SchemaTexts>()) {}
RecordDecoder::~RecordDecoder() = default;
RecordDecoder::RecordDecoder(RecordDecoder&&) noexcept = default;

std::vector<SchemaId> RecordDecoder::unknown_schemas(std::span<const eventlog::RecordView> records) const {
  std::vector<SchemaId> out;
  const auto look = [&](const std::optional<BytesView>& payload) {
    if (!payload) return;
    const auto id = schema_id_of(*payload);
    if (id && id->value > 0 && out.size() < 64 && std::ranges::find(out, *id) == out.end() && schemas_->wanted(*id)) out.push_back(*id);
  };
  for (const auto& r : records) {
    look(r.key);
    look(r.value);
  }
  return out;
}

void RecordDecoder::add(std::span<const eventlog::RecordView> records, TopicProfile& into) {
  into.profiled += records.size();
  for (const auto& r : records) {
    if (r.key) into.bytes += r.key->size(), ++into.with_key;
    if (r.value) into.bytes += r.value->size(), ++into.with_value;
    into.last_record_ms = std::max(into.last_record_ms, r.timestamp_ms);
  }
  add_side(Side::key, records, into);
  add_side(Side::value, records, into);
}

void RecordDecoder::add_side(Side side, std::span<const eventlog::RecordView> records, TopicProfile& into) {
  std::map<std::int32_t, std::vector<BytesView>> lots;
  std::vector<BytesView>* lot = nullptr;
  std::int32_t lot_id = -1;
  std::vector<BytesView> jsons;
  Column texts(Kind::string), blobs(Kind::bytes);
  for (const auto& r : records) {
    const auto& payload = side == Side::key ? r.key : r.value;
    if (!payload) continue;
    if (const auto id = schema_id_of(*payload)) {
      if (lot == nullptr || id->value != lot_id) {
        // Numbers as Kafka's serializers write them begin with zeros too.
        const bool number = (payload->size() == 8 || payload->size() == 4) && schemas_->by_id(*id) == nullptr;
        if (number) {
          blobs.append_view(*payload);
          continue;
        }
        lot = &lots[id->value];
        lot_id = id->value;
      }
      lot->push_back(*payload);
    } else if (const char c = first_character(*payload); c == '{' || c == '[') {
      jsons.push_back(*payload);
    } else if (readable_text(*payload)) {
      texts.append_view(*payload);
    } else {
      blobs.append_view(*payload);
    }
  }
  for (const auto& [id, payloads] : lots) add_by_schema(side, SchemaId{id}, payloads, into);
  if (!jsons.empty()) add_json(side, jsons, into);
  for (const Column* c : {&texts, &blobs})
    if (c->size() > 0)
      if (auto* field = into.field(side, whole_name(side))) field->add(*c, scratch_);
}

void RecordDecoder::add_by_schema(Side side, SchemaId id, std::span<const BytesView> payloads, TopicProfile& into) {
  const std::string place = side == Side::key ? "key: " : "value: ";
  const auto* text = schemas_->by_id(id);
  if (text == nullptr) return into.note_undecodable(place + "names schema " + std::to_string(id.value) + ", which the registry does not have", payloads.size());
  auto& reader = by_schema_[{side, id.value}];
  if (!reader) reader = BySchema::make(side, *text, *schemas_);
  if (!reader->serde) return into.note_undecodable(place + "schema " + std::to_string(id.value) + ": " + reader->problem, payloads.size());
  std::vector<Column> columns;
  std::vector<Column*> at;
  columns.reserve(reader->columns.size());
  for (const auto& f : reader->columns) {
    columns.emplace_back(f.type);
    columns.back().reserve(payloads.size());
    at.push_back(&columns.back());
  }
  std::vector<std::uint32_t> bad;
  for (std::uint32_t row = 0; row < payloads.size(); ++row) {
    const auto decoded = reader->serde->decode(payloads[row], at);
    if (decoded) continue;
    format::append_missing(at, row + 1);
    bad.push_back(row);
    into.note_undecodable(place + decoded.error().message);
  }
  std::vector<std::uint32_t> good;
  if (!bad.empty())
    for (std::uint32_t row = 0, b = 0; row < payloads.size(); ++row) {
      if (b < bad.size() && bad[b] == row) ++b;
      else good.push_back(row);
    }
  for (std::size_t i = 0; i < columns.size(); ++i) add_column(side, reader->paths[i], bad.empty() ? columns[i] : columns[i].select(good), into, 0);
}

// A nested column is a field itself, and so are its parts, whose rows are laid out in columns of their own.
void RecordDecoder::add_column(Side side, const std::string& path, const Column& column, TopicProfile& into, int depth) {
  auto* field = into.field(side, path);
  if (field == nullptr) return;
  field->add(column, scratch_);
  const Type& type = column.type();
  if (!type.nested() || depth >= depth_max) return;
  if (type.is(Kind::struct_)) {
    for (std::size_t f = 0; f < type.fields().size(); ++f) {
      Column part(type.fields()[f].type);
      for (const auto& v : column.values())
        if (!v.null()) part.append(v.fields()[f]);
      add_column(side, inner(path, type.fields()[f].name), part, into, depth + 1);
    }
    return;
  }
  Column parts(type.element());
  if (type.is(Kind::array)) {
    for (const auto& v : column.values())
      if (!v.null())
        for (const auto& item : v.items()) parts.append(item);
    return add_column(side, path + "[]", parts, into, depth + 1);
  }
  Column keys(type.key());
  for (const auto& v : column.values())
    if (!v.null())
      for (const auto& [key, value] : v.entries()) {
        keys.append(key);
        parts.append(value);
      }
  add_column(side, path + "{key}", keys, into, depth + 1);
  add_column(side, path + "{}", parts, into, depth + 1);
}

void RecordDecoder::add_json(Side side, std::span<const BytesView> payloads, TopicProfile& into) {
  auto& tree = json_[std::size_t(side)];
  if (!tree) tree = std::make_unique<JsonTree>();
  for (const auto payload : payloads) {
    tree->padded.assign(payload);
    tree->padded.append(simdjson::SIMDJSON_PADDING, '\0');
    const auto parsed = tree->parser.parse(tree->padded.data(), payload.size(), false);
    if (parsed.error()) {
      into.note_undecodable(std::string(side == Side::key ? "key: " : "value: ") + "looks like JSON and is not: " + simdjson::error_message(parsed.error()));
      continue;
    }
    tree->take(tree->root, parsed.value_unsafe(), 0);
  }
  const auto flush = [&](auto& self, JsonTree::Node& node, bool root) -> void {
    const std::string path = root ? whole_name(side) : node.path;
    const auto give = [&](Column& column) {
      if (column.size() == 0) return;
      if (auto* field = into.field(side, path)) field->add(column, scratch_);
      column = Column(column.type());
    };
    // The record itself is no field of its own; an object inside it is one that is only counted.
    if (node.objects > 0 && !root) {
      Column column(Type::structure({}));
      for (std::uint64_t i = 0; i < node.objects; ++i) column.append(data::Value::structure({}));
      give(column);
    }
    node.objects = 0;
    if (!node.lists.empty()) {
      Column column(Type::array(Kind::string));
      for (auto& v : node.lists) column.append(v);
      node.lists.clear();
      if (auto* field = into.field(side, path)) field->add(column, scratch_);
    }
    for (Column* c : {&node.longs, &node.doubles, &node.texts, &node.bools}) give(*c);
    if (node.nulls > 0)
      if (auto* field = into.field(side, path)) field->add_nulls(node.nulls);
    node.nulls = 0;
    for (auto& [name, below] : node.members) self(self, *below, false);
    if (node.items) self(self, *node.items, false);
  };
  flush(flush, tree->root, true);
}

}  // namespace braid::observe
