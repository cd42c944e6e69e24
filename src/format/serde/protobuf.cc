#include "format/serde/serdes.h"
namespace braid::format {
Result<std::unique_ptr<Serde>> make_protobuf(SerdeSpec, Schemas&) { return fail(ErrorCode::unsupported, "reading and writing PROTOBUF records is not built yet"); }
Result<InferredColumns> infer_protobuf(const SchemaText&, const FormatProperties&) { return fail(ErrorCode::unsupported, "PROTOBUF schemas are not read yet"); }
Result<SchemaText> derive_protobuf(const std::vector<data::Field>&, bool, const FormatProperties&) { return fail(ErrorCode::unsupported, "PROTOBUF schemas are not written yet"); }
}  // namespace braid::format
