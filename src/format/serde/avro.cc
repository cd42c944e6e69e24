#include "format/serde/serdes.h"
namespace braid::format {
Result<std::unique_ptr<Serde>> make_avro(SerdeSpec, Schemas&) { return fail(ErrorCode::unsupported, "reading and writing AVRO records is not built yet"); }
Result<InferredColumns> infer_avro(const SchemaText&, const FormatProperties&) { return fail(ErrorCode::unsupported, "AVRO schemas are not read yet"); }
Result<SchemaText> derive_avro(const std::vector<data::Field>&, bool, const FormatProperties&) { return fail(ErrorCode::unsupported, "AVRO schemas are not written yet"); }
}  // namespace braid::format
