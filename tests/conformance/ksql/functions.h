// The small functions that ksqlDB's own cases bring along to test how functions are resolved and run. Known to the case runner only.
#pragma once
#include "sql/function_kit.h"

namespace braid::cases {

const sql::FunctionPack& test_functions();

}  // namespace braid::cases
