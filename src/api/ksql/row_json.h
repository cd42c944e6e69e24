// Rows and types as ksqlDB's REST API writes them, straight into text: this is the path of every row of a push query. Pure.
// Numbers as Java prints them, DECIMAL with its scale, BYTES as base64, DATE 2022-02-01, TIME 18:06:00.001, TIMESTAMP 2022-02-01T18:06:00.000.
#pragma once
#include <string>

#include "base/json.h"
#include "data/value.h"

namespace braid::api {

void append_ksql_json(std::string& out, const data::Value& value, const data::Type& type);
void append_ksql_row(std::string& out, const data::Values& row, const std::vector<data::Field>& columns);   // [1,"a"]
// A JSON value as a column's type, as INSERT takes it: numbers in texts too, base64 for BYTES, ISO texts for DATE, TIME and TIMESTAMP.
Result<data::Value> json_to_value(const json::value& value, const data::Type& type);
std::string upper_case(std::string_view text);   // of ASCII letters, as unquoted identifiers are read
json::object type_json(const data::Type& type);   // {"type":"ARRAY","fields":null,"memberSchema":{...}}

}  // namespace braid::api
