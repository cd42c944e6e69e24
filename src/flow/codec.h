// How state is written down: values and keys as bytes, for snapshots and for hashing keys by value.
//   value   a tag (index of its kind in data::Value, 0 = null) and its payload; numbers big-endian, texts and lists behind a varint length
//   key     one part per column: 0 for null, or 1 and the payload. Texts end with 00 01 and hold 00 as 00 FF, so that keys of one type sort
//           like the bytes Kafka would sort (text by bytes, whole numbers as unsigned), which is the order of table scans and final results.
// Pure. Decoding never reads past the end and fails on bytes that were not written by this code.
#pragma once
#include <span>

#include "base/bytes.h"
#include "flow/batch.h"

namespace braid::flow {

void append_value(Bytes& out, const data::Value& value);
Result<data::Value> take_value(Reader& in);
void append_row(Bytes& out, const data::Values& row);
Result<data::Values> take_row(Reader& in);

void append_key(Bytes& out, const data::Value& value);
void append_key(Bytes& out, const Columns& columns, std::size_t row);
Bytes key_of(std::span<const data::Value> values);
Result<data::Values> take_key(BytesView key, std::span<const data::Field> fields);   // for fields without nested types; nested ones too

// Roughly what a row costs in memory.
std::size_t weight(const data::Values& row);

}  // namespace braid::flow
