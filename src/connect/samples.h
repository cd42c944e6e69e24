// The demo mesh's sample data, field by field as the Kafka Connect Datagen quickstarts USERS, PAGEVIEWS and STOCK_TRADES produce it
// (reference: prototype-and-catalog-api.md 1.5). Pure: a sample is a function of a random source and of how many came before it.
// Payloads are bare Avro; the generator puts the registry's prefix in front.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace braid::connect {

struct Sample {
  Bytes key;                              // text, as Connect's StringConverter writes it
  Bytes avro;                             // the value, without the registry's prefix
};

struct SampleKind {
  std::string_view topic;
  std::string_view schema;                // Avro, as the connector registers it
  std::int64_t interval_ms_max;           // the pause before each record is uniform between 0 and this
  Sample (*make)(std::mt19937_64& random, std::int64_t iteration);
};

const std::vector<SampleKind>& sample_kinds();              // users, pageviews, stocktrades
const SampleKind* find_sample_kind(std::string_view topic); // null when there is none

}  // namespace braid::connect
