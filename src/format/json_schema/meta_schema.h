// The schema of schemas, for "$ref" to a draft's own address. Ours is one document per draft, without vocabularies, and says the same.
#pragma once
#include <string>

#include "format/json_schema/schema.h"

namespace braid::format::json_schema {

std::string meta_schema_text(Draft draft);
std::string_view meta_schema_uri(Draft draft);       // without a fragment

}  // namespace braid::format::json_schema
