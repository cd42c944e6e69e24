// link: braid_observe
// Any bytes as the kept state of a profile, of an activity, and of each sketch: read or refused, never undefined behaviour; what reads is written back
// the same, and can be used. And any bytes as records: sorted, decoded, counted.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "observe/activity.h"
#include "observe/record_decoder.h"
#include "observe/topic_profile.h"

namespace {

using namespace braid;
using namespace braid::observe;

template <class T> void sketch(BytesView input) {
  Reader in(input);
  auto read = T::decode(in);
  if (!read) return;
  Bytes written;
  read->encode(written);
  Reader again(written);
  auto back = T::decode(again);
  if (!back || !(*back == *read)) std::abort();
  read->merge(*back);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const BytesView input(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 8) {
    case 0: sketch<Distinct>(input); break;
    case 1: sketch<Quantiles>(input); break;
    case 2: sketch<Frequent>(input); break;
    case 3: sketch<AdaptiveHistogram>(input); break;
    case 4: sketch<FieldProfile>(input); break;
    case 5: {   // packed here, so that the fuzzer need not find its way through the compression
      for (const auto& bytes : {Bytes(input), packed(TopicProfile::format, input)})
        if (const auto t = TopicProfile::decode(bytes)) {
          const auto back = TopicProfile::decode(t->encode());
          if (!back || !(*back == *t)) std::abort();
          (void)json::print(t->fields_json());
        }
      break;
    }
    case 6: {
      Activity activity;
      (void)activity.restore("hour:3", packed(1, input));
      (void)activity.restore(input.substr(0, size / 2), input.substr(size / 2));
      (void)activity.changed();
      break;
    }
    default: {
      static const auto make = [] {
        RecordDecoder d;
        d.schemas().put(SchemaId{1}, format::SchemaText{"AVRO", R"({"type":"record","name":"R","fields":[{"name":"a","type":["null","string"]},{"name":"b","type":{"type":"array","items":"double"}}]})", {}});
        d.schemas().put(SchemaId{2}, format::SchemaText{"JSON", R"({"type":"object","properties":{"a":{"type":"number"}}})", {}});
        return d;
      };
      RecordDecoder decoder = make();
      TopicProfile profile;
      std::vector<eventlog::RecordView> records(2);
      records[0].key = input.substr(0, input.size() / 3);
      records[0].value = input.substr(input.size() / 3);
      records[1].value = input;
      decoder.add(records, profile);
      (void)json::print(profile.fields_json());
      const auto back = TopicProfile::decode(profile.encode());
      if (!back || !(*back == profile)) std::abort();
    }
  }
  return 0;
}
