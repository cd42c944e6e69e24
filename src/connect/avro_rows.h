// An Avro schema for inferred columns, and their rows in it. Every field may be null and says so (["null", T], default null), so that later
// files with more or fewer columns stay compatible. Pure. Follows the Avro 1.11 specification: binary encoding, logical types date and
// timestamp-millis.
#pragma once
#include <string>
#include <vector>

#include "base/bytes.h"
#include "connect/infer.h"

namespace braid::connect {

std::string avro_schema_text(std::string_view record_name, const std::vector<InferredColumn>& columns);
void encode_avro_row(const std::vector<InferredColumn>& columns, const data::Values& row, Bytes& out);   // one value per column

}  // namespace braid::connect
