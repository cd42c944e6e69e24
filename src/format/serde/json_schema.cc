#include "format/serde/serdes.h"
namespace braid::format {
Result<InferredColumns> infer_json(const SchemaText&) { return fail(ErrorCode::unsupported, "JSON schemas are not read yet"); }
Result<SchemaText> derive_json(const std::vector<data::Field>&, bool) { return fail(ErrorCode::unsupported, "JSON schemas are not written yet"); }
}  // namespace braid::format
