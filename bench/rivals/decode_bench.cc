// Records of 7 fields to columns, one core: Braid's serdes beside the libraries that are used elsewhere, in one run, each doing the same thing: from
// the record's bytes to seven growing columns. libavro C reads into one generic value that is used again, then its fields are appended;
// simdjson's on-demand parser goes once over each document (padded copies made before); libprotobuf parses into one dynamic message that is used
// again, and its fields are read by reflection. Only built where libavro is installed (Debian: libavro-dev).
#include <avro.h>
#include <benchmark/benchmark.h>
#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <simdjson.h>

#include <random>

#include "format/serde.h"

namespace {

using namespace braid;
using namespace braid::format;
using data::Column;
using data::Field;
using data::Kind;
namespace pb = google::protobuf;

constexpr std::size_t batch = 1024;
const std::vector<Field> columns = {{"SIDE", Kind::string}, {"QUANTITY", Kind::integer}, {"SYMBOL", Kind::string}, {"PRICE", Kind::integer},
                                    {"ACCOUNT", Kind::string}, {"USERID", Kind::string}, {"AMOUNT", Kind::double_}};

struct One : Schemas {
  SchemaText text;
  const SchemaText* by_id(SchemaId) override { return &text; }
};

// Records as Braid writes them: one schema id and the payload behind it (JSON without).
struct Setup {
  One schemas;
  std::unique_ptr<Serde> serde;
  std::vector<Bytes> records;
  std::size_t header = 0;      // bytes in front of what the rivals read

  explicit Setup(Format format) {
    SerdeSpec spec{.format = format, .columns = columns};
    if (uses_registry(format)) {
      schemas.text = *derive_schema(format, columns, false, false);
      spec.write_schema_id = SchemaId{1};
      spec.write_schema = schemas.text;
      header = format == Format::protobuf ? 6 : 5;   // and the message index of the first message
    }
    serde = *make_serde(spec, schemas);
    std::mt19937 rng(7);
    std::vector<Column> source;
    std::vector<const Column*> from;
    for (const auto& f : columns) source.emplace_back(f.type);
    for (std::size_t row = 0; row < batch; ++row) {
      source[0].append_text(rng() % 2 ? "BUY" : "SELL");
      source[1].append_int(std::int32_t(rng() % 5000));
      source[2].append_text("ZJZZT");
      source[3].append_int(std::int32_t(rng() % 1000));
      source[4].append_text("ABC" + std::to_string(rng() % 1000));
      source[5].append_text("User_" + std::to_string(rng() % 10));
      source[6].append_double(double(rng() % 100000) / 100);
    }
    for (auto& c : source) from.push_back(&c);
    for (std::size_t row = 0; row < batch; ++row) {
      records.emplace_back();
      (void)*serde->encode(from, row, records.back());
    }
  }
};

void report(benchmark::State& state) { state.counters["rows/s"] = benchmark::Counter(double(state.iterations()) * batch, benchmark::Counter::kIsRate); }

void braid_decode(benchmark::State& state, Format format) {
  Setup s(format);
  for (auto _ : state) {
    std::vector<Column> out;
    for (const auto& f : columns) out.emplace_back(f.type);
    std::vector<Column*> to;
    for (auto& c : out) {
      c.reserve(batch);
      to.push_back(&c);
    }
    for (const auto& r : s.records)
      if (!s.serde->decode(r, to)) state.SkipWithError("a record could not be read");
    benchmark::DoNotOptimize(out.data());
  }
  report(state);
}

// What the rivals fill: texts in one buffer with offsets, numbers in vectors; the same shape as our columns, null flags left out.
struct Plain {
  std::string text[4];
  std::vector<std::uint32_t> ends[4];
  std::vector<std::int32_t> whole[2];
  std::vector<double> real;
  Plain() {
    for (auto& e : ends) e.reserve(batch);
    for (auto& t : text) t.reserve(batch * 8);
    for (auto& w : whole) w.reserve(batch);
    real.reserve(batch);
  }
  void add(int i, std::string_view v) { text[i].append(v); ends[i].push_back(std::uint32_t(text[i].size())); }
};

void libavro_decode(benchmark::State& state) {
  Setup s(Format::avro);
  avro_schema_t schema = nullptr;
  const auto& text = s.schemas.text.text;
  if (avro_schema_from_json_length(text.data(), text.size(), &schema) != 0) { state.SkipWithError(avro_strerror()); return; }
  avro_value_iface_t* iface = avro_generic_class_from_schema(schema);
  avro_value_t value;
  avro_generic_value_new(iface, &value);
  avro_reader_t reader = avro_reader_memory(nullptr, 0);
  for (auto _ : state) {
    Plain out;
    for (const auto& r : s.records) {
      avro_reader_memory_set_source(reader, r.data() + s.header, std::int64_t(r.size() - s.header));
      if (avro_value_read(reader, &value) != 0) { state.SkipWithError(avro_strerror()); break; }
      int texts = 0, wholes = 0;
      for (std::size_t i = 0; i < 7; ++i) {
        avro_value_t field, branch;
        avro_value_get_by_index(&value, i, &field, nullptr);
        if (avro_value_get_current_branch(&field, &branch) != 0) branch = field;   // ["null", T]
        if (i == 6) {
          double d = 0;
          avro_value_get_double(&branch, &d);
          out.real.push_back(d);
        } else if (i == 1 || i == 3) {
          std::int32_t n = 0;
          avro_value_get_int(&branch, &n);
          out.whole[wholes++].push_back(n);
        } else {
          const char* p = nullptr;
          std::size_t n = 0;
          avro_value_get_string(&branch, &p, &n);
          out.add(texts++, {p, n - 1});
        }
      }
    }
    benchmark::DoNotOptimize(out.real.data());
  }
  report(state);
  avro_reader_free(reader);
  avro_value_decref(&value);
  avro_value_iface_decref(iface);
  avro_schema_decref(schema);
}

void simdjson_decode(benchmark::State& state) {
  Setup s(Format::json);
  std::vector<simdjson::padded_string> padded;
  for (const auto& r : s.records) padded.emplace_back(std::string_view(r));
  simdjson::ondemand::parser parser;
  for (auto _ : state) {
    Plain out;
    for (const auto& p : padded) {
      simdjson::ondemand::document doc;
      if (parser.iterate(p).get(doc) != simdjson::SUCCESS) { state.SkipWithError("a document could not be read"); break; }
      simdjson::ondemand::object object = doc.get_object();
      int texts = 0, wholes = 0;
      for (auto field : object) {
        auto value = field.value();
        switch (simdjson::ondemand::json_type(value.type())) {
          case simdjson::ondemand::json_type::string: out.add(texts++, std::string_view(value.get_string())); break;
          default:
            if (wholes < 2) out.whole[wholes++].push_back(std::int32_t(std::int64_t(value.get_int64())));
            else out.real.push_back(double(value.get_double()));
        }
      }
    }
    benchmark::DoNotOptimize(out.real.data());
  }
  report(state);
}

void libprotobuf_decode(benchmark::State& state) {
  Setup s(Format::protobuf);
  const auto& text = s.schemas.text.text;
  pb::io::ArrayInputStream stream(text.data(), int(text.size()));
  pb::io::Tokenizer tokenizer(&stream, nullptr);
  pb::compiler::Parser parser;
  pb::FileDescriptorProto file;
  file.set_name("a.proto");
  parser.Parse(&tokenizer, &file);
  pb::DescriptorPool pool(pb::DescriptorPool::generated_pool());
  const auto* built = pool.BuildFile(file);
  if (built == nullptr) { state.SkipWithError("the schema does not link"); return; }
  pb::DynamicMessageFactory factory(&pool);
  const auto* type = built->message_type(0);
  const std::unique_ptr<pb::Message> message(factory.GetPrototype(type)->New());
  const auto* reflection = message->GetReflection();
  std::vector<const pb::FieldDescriptor*> fields;
  for (int i = 0; i < type->field_count(); ++i) fields.push_back(type->field(i));
  std::string scratch;
  for (auto _ : state) {
    Plain out;
    for (const auto& r : s.records) {
      if (!message->ParseFromArray(r.data() + s.header, int(r.size() - s.header))) { state.SkipWithError("a record could not be read"); break; }
      int texts = 0, wholes = 0;
      for (const auto* f : fields) {
        switch (f->cpp_type()) {
          case pb::FieldDescriptor::CPPTYPE_STRING: out.add(texts++, reflection->GetStringReference(*message, f, &scratch)); break;
          case pb::FieldDescriptor::CPPTYPE_INT32: out.whole[wholes++].push_back(reflection->GetInt32(*message, f)); break;
          default: out.real.push_back(reflection->GetDouble(*message, f));
        }
      }
    }
    benchmark::DoNotOptimize(out.real.data());
  }
  report(state);
}

BENCHMARK_CAPTURE(braid_decode, avro, Format::avro);
BENCHMARK(libavro_decode);
BENCHMARK_CAPTURE(braid_decode, json, Format::json);
BENCHMARK(simdjson_decode);
BENCHMARK_CAPTURE(braid_decode, protobuf, Format::protobuf);
BENCHMARK(libprotobuf_decode);

}  // namespace
