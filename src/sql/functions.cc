// The lists of all functions, alphabetical, and their resolution. Code: functions_*.cc, aggregates.cc, table_functions.cc.
#include "sql/functions.h"

#include <algorithm>

#include "sql/aggregates.h"
#include "sql/function_code.h"

namespace braid::sql {
namespace {

using Signatures = std::vector<std::string_view>;

const std::vector<ScalarFunction>& scalar_functions() {
  static const Signatures unary_real{"(INT value) -> DOUBLE", "(BIGINT value) -> DOUBLE", "(DOUBLE value) -> DOUBLE"};
  static const Signatures logarithm{"(INT value) -> DOUBLE", "(BIGINT value) -> DOUBLE", "(DOUBLE value) -> DOUBLE",
                                    "(INT base, INT value) -> DOUBLE", "(BIGINT base, BIGINT value) -> DOUBLE", "(DOUBLE base, DOUBLE value) -> DOUBLE"};
  static const Signatures comparables{"(INT val, INT... vals) -> INT", "(BIGINT val, BIGINT... vals) -> BIGINT", "(DOUBLE val, DOUBLE... vals) -> DOUBLE",
                                      "(STRING val, STRING... vals) -> STRING", "(BYTES val, BYTES... vals) -> BYTES", "(DATE val, DATE... vals) -> DATE",
                                      "(TIME val, TIME... vals) -> TIME", "(TIMESTAMP val, TIMESTAMP... vals) -> TIMESTAMP", "(DECIMAL val, DECIMAL... vals) -> DECIMAL"};
  static const Signatures mask_part_signatures{"(STRING input, INT numChars) -> STRING",
                                               "(STRING input, INT numChars, STRING upper, STRING lower, STRING digit, STRING other) -> STRING"};
  static const std::vector<ScalarFunction> list{
      {"Abs", "MATHEMATICAL", "The absolute value.", {"(INT val) -> INT", "(BIGINT val) -> BIGINT", "(DECIMAL val) -> DECIMAL", "(DOUBLE val) -> DOUBLE"}, eval_abs, Nulls::give_null, same_decimal},
      {"acos", "MATHEMATICAL", "The inverse (arc) cosine, in radians; NaN outside [-1, 1].", unary_real, eval_acos},
      {"array_concat", "ARRAY", "Both arrays, one behind the other; a null array adds nothing.", {"(ARRAY<T> left, ARRAY<T> right) -> ARRAY<T>"}, eval_array_concat, Nulls::are_seen},
      {"ARRAY_CONTAINS", "ARRAY", "Is the value in the array?", {"(ARRAY<T> array, T val) -> BOOLEAN"}, eval_array_contains, Nulls::are_seen},
      {"array_distinct", "ARRAY", "The different values of the array, in order of their first occurrence.", {"(ARRAY<T> input) -> ARRAY<T>"}, eval_array_distinct},
      {"array_except", "ARRAY", "The different values of the first array that are not in the second.", {"(ARRAY<T> left, ARRAY<T> right) -> ARRAY<T>"}, eval_array_except},
      {"array_intersect", "ARRAY", "The different values that both arrays have.", {"(ARRAY<T> left, ARRAY<T> right) -> ARRAY<T>"}, eval_array_intersect},
      {"ARRAY_JOIN", "ARRAY", "The elements as one text, with a delimiter between them (a comma unless given).", {"(ARRAY<T> array) -> STRING", "(ARRAY<T> array, STRING delimiter) -> STRING"}, eval_array_join, Nulls::are_seen},
      {"ARRAY_LENGTH", "ARRAY", "How many elements the array has.", {"(ARRAY<T> array) -> INT"}, eval_array_length},
      {"array_max", "ARRAY", "The greatest element; nulls are not looked at.", {"(ARRAY<T> input) -> T"}, eval_array_max},
      {"array_min", "ARRAY", "The least element; nulls are not looked at.", {"(ARRAY<T> input) -> T"}, eval_array_min},
      {"array_remove", "ARRAY", "The array without the elements that equal the second argument.", {"(ARRAY<T> array, T victim) -> ARRAY<T>"}, eval_array_remove, Nulls::are_seen},
      {"array_sort", "ARRAY", "The elements in ascending ('ASC') or descending ('DESC') order, nulls last.", {"(ARRAY<T> input) -> ARRAY<T>", "(ARRAY<T> input, STRING direction) -> ARRAY<T>"}, eval_array_sort},
      {"array_union", "ARRAY", "The different values of both arrays, in the order in which they are met.", {"(ARRAY<T> left, ARRAY<T> right) -> ARRAY<T>"}, eval_array_union},
      {"asin", "MATHEMATICAL", "The inverse (arc) sine, in radians; NaN outside [-1, 1].", unary_real, eval_asin},
      {"AS_MAP", "MAP", "A map out of an array of keys and an array of values.", {"(ARRAY<STRING> keys, ARRAY<T> values) -> MAP<STRING, T>"}, eval_as_map},
      {"AS_VALUE", "OTHER", "A copy of a key column in the value.", {"(T keyColumn) -> T"}, eval_as_value, Nulls::are_seen},
      {"atan", "MATHEMATICAL", "The inverse (arc) tangent, in radians.", unary_real, eval_atan},
      {"atan2", "MATHEMATICAL", "The angle of the point (x, y), in radians.", {"(INT y, INT x) -> DOUBLE", "(BIGINT y, BIGINT x) -> DOUBLE", "(DOUBLE y, DOUBLE x) -> DOUBLE"}, eval_atan2},
      {"bigint_from_bytes", "CONVERSIONS", "The 8 bytes as a BIGINT; byte order BIG_ENDIAN unless LITTLE_ENDIAN is given.", {"(BYTES value) -> BIGINT", "(BYTES value, STRING byteOrder) -> BIGINT"}, eval_bigint_from_bytes},
      {"cbrt", "MATHEMATICAL", "The cube root.", unary_real, eval_cbrt},
      {"Ceil", "MATHEMATICAL", "The least whole number that is not less.", {"(INT val) -> INT", "(BIGINT val) -> BIGINT", "(DECIMAL val) -> DECIMAL", "(DOUBLE val) -> DOUBLE"}, eval_ceil, Nulls::give_null, same_decimal},
      {"Chr", "STRING", "The character with this code point, given as a number or as '\\u004b'.", {"(INT decimalCode) -> STRING", "(STRING utf16Code) -> STRING"}, eval_chr},
      {"COALESCE", "CONDITIONAL", "The first argument that is not null.", {"(T first, T... others) -> T"}, eval_coalesce, Nulls::are_seen},
      {"concat", "STRING", "All texts or bytes, one behind the other; nulls add nothing.", {"(STRING... inputs) -> STRING", "(BYTES... inputs) -> BYTES"}, eval_concat, Nulls::are_seen},
      {"concat_ws", "STRING", "All texts or bytes behind the first, with the first between them; nulls are left out.", {"(STRING separator, STRING... inputs) -> STRING", "(BYTES separator, BYTES... inputs) -> BYTES"}, eval_concat_ws, Nulls::are_seen},
      {"convert_tz", "DATE / TIME", "The timestamp with the clock of one zone read as that of another.", {"(TIMESTAMP timestamp, STRING fromTimeZone, STRING toTimeZone) -> TIMESTAMP"}, eval_convert_tz},
      {"cos", "MATHEMATICAL", "The cosine of an angle in radians.", unary_real, eval_cos},
      {"cosh", "MATHEMATICAL", "The hyperbolic cosine.", unary_real, eval_cosh},
      {"cot", "MATHEMATICAL", "The cotangent of an angle in radians.", unary_real, eval_cot},
      {"dateadd", "DATE / TIME", "The date with an interval added.", {"(UNIT unit, INT interval, DATE date) -> DATE"}, eval_dateadd},
      {"datesub", "DATE / TIME", "The date with an interval taken away.", {"(UNIT unit, INT interval, DATE date) -> DATE"}, eval_datesub},
      {"datetostring", "DATE / TIME", "Days since 1970-01-01 as a text in the format. Use FORMAT_DATE for DATE values.", {"(INT epochDays, STRING formatPattern) -> STRING"}, eval_datetostring, Nulls::give_null, nullptr, prepare_time_pattern},
      {"degrees", "MATHEMATICAL", "Radians as degrees.", unary_real, eval_degrees},
      {"double_from_bytes", "CONVERSIONS", "The 8 bytes as a DOUBLE; byte order BIG_ENDIAN unless LITTLE_ENDIAN is given.", {"(BYTES value) -> DOUBLE", "(BYTES value, STRING byteOrder) -> DOUBLE"}, eval_double_from_bytes},
      {"elt", "STRING", "The n-th of the texts behind n, from 1; null when there is none.", {"(INT n, STRING... args) -> STRING"}, eval_elt, Nulls::are_seen},
      {"encode", "STRING", "The text in another encoding: hex, utf8, ascii or base64.", {"(STRING str, STRING inputEncoding, STRING outputEncoding) -> STRING"}, eval_encode},
      {"ENTRIES", "MAP", "The entries of a map as an array of structs with K and V, sorted by key when asked.", {"(MAP<STRING, INT> map, BOOLEAN sorted) -> ARRAY<STRUCT>", "(MAP<STRING, BIGINT> map, BOOLEAN sorted) -> ARRAY<STRUCT>", "(MAP<STRING, DOUBLE> map, BOOLEAN sorted) -> ARRAY<STRUCT>", "(MAP<STRING, BOOLEAN> map, BOOLEAN sorted) -> ARRAY<STRUCT>", "(MAP<STRING, STRING> map, BOOLEAN sorted) -> ARRAY<STRUCT>"}, eval_entries, Nulls::give_null, entries_result},
      {"exp", "MATHEMATICAL", "e to the power of the value.", unary_real, eval_exp},
      {"extractjsonfield", "JSON", "The part of a JSON text at a path like $.log.items[0], as text.", {"(STRING input, STRING path) -> STRING"}, eval_extractjsonfield},
      {"field", "STRING", "The position of the first text among the others, from 1; 0 when it is not there.", {"(STRING str, STRING... args) -> INT"}, eval_field, Nulls::are_seen},
      {"filter", "LAMBDA", "The elements or entries for which the lambda is true.", {"(ARRAY<T> array, LAMBDA (T) => BOOLEAN lambda) -> ARRAY<T>", "(MAP<K, V> map, LAMBDA (K, V) => BOOLEAN lambda) -> MAP<K, V>"}, eval_filter, Nulls::are_seen},
      {"Floor", "MATHEMATICAL", "The greatest whole number that is not greater.", {"(INT val) -> INT", "(BIGINT val) -> BIGINT", "(DECIMAL val) -> DECIMAL", "(DOUBLE val) -> DOUBLE"}, eval_floor, Nulls::give_null, same_decimal},
      {"format_date", "DATE / TIME", "The date as a text in the format.", {"(DATE date, STRING formatPattern) -> STRING"}, eval_format_date, Nulls::give_null, nullptr, prepare_time_pattern},
      {"format_time", "DATE / TIME", "The time as a text in the format.", {"(TIME time, STRING formatPattern) -> STRING"}, eval_format_time, Nulls::give_null, nullptr, prepare_time_pattern},
      {"format_timestamp", "DATE / TIME", "The timestamp as a text in the format, in UTC or the zone that is given.", {"(TIMESTAMP timestamp, STRING formatPattern) -> STRING", "(TIMESTAMP timestamp, STRING formatPattern, STRING timeZone) -> STRING"}, eval_format_timestamp, Nulls::give_null, nullptr, prepare_time_pattern},
      {"from_bytes", "CONVERSIONS", "Bytes as a text in the encoding hex, utf8, ascii or base64.", {"(BYTES value, STRING encoding) -> STRING"}, eval_from_bytes},
      {"from_days", "DATE / TIME", "Days since 1970-01-01 as a DATE.", {"(INT days) -> DATE"}, eval_from_days},
      {"from_unixtime", "DATE / TIME", "Milliseconds since 1970-01-01 as a TIMESTAMP.", {"(BIGINT epochMilli) -> TIMESTAMP"}, eval_from_unixtime},
      {"GENERATE_SERIES", "ARRAY", "The numbers from start to end, by a step (1 or -1 unless given).", {"(INT start, INT end) -> ARRAY<INT>", "(INT start, INT end, INT step) -> ARRAY<INT>", "(BIGINT start, BIGINT end) -> ARRAY<BIGINT>", "(BIGINT start, BIGINT end, INT step) -> ARRAY<BIGINT>"}, eval_generate_series},
      {"geo_distance", "OTHER", "The great-circle distance of two points given in degrees, in KM or MILES.", {"(DOUBLE lat1, DOUBLE lon1, DOUBLE lat2, DOUBLE lon2, STRING units) -> DOUBLE", "(DOUBLE lat1, DOUBLE lon1, DOUBLE lat2, DOUBLE lon2) -> DOUBLE"}, eval_geo_distance, Nulls::are_seen},
      {"greatest", "CONDITIONAL", "The greatest of the arguments; nulls are not looked at.", comparables, eval_greatest, Nulls::are_seen, widest_decimal},
      {"IFNULL", "CONDITIONAL", "The second argument when the first is null.", {"(T expression, T altValue) -> T"}, eval_ifnull, Nulls::are_seen},
      {"initcap", "STRING", "Each word with a capital and small letters behind it.", {"(STRING str) -> STRING"}, eval_initcap},
      {"instr", "STRING", "The position of a text in another, from 1; 0 when it is not there. A negative start position searches backwards.", {"(STRING str, STRING substring) -> INT", "(STRING str, STRING substring, INT position) -> INT", "(STRING str, STRING substring, INT position, INT occurrence) -> INT"}, eval_instr},
      {"int_from_bytes", "CONVERSIONS", "The 4 bytes as an INT; byte order BIG_ENDIAN unless LITTLE_ENDIAN is given.", {"(BYTES value) -> INT", "(BYTES value, STRING byteOrder) -> INT"}, eval_int_from_bytes},
      {"IS_JSON_STRING", "JSON", "Is the text one valid JSON value?", {"(STRING input) -> BOOLEAN"}, eval_is_json_string, Nulls::are_seen},
      {"JSON_ARRAY_CONTAINS", "JSON", "Does the JSON array hold the value?", {"(STRING jsonArray, T val) -> BOOLEAN"}, eval_json_array_contains, Nulls::are_seen},
      {"JSON_ARRAY_LENGTH", "JSON", "The length of the JSON array.", {"(STRING jsonArray) -> INT"}, eval_json_array_length},
      {"JSON_CONCAT", "JSON", "JSON objects merged, or JSON values as one array.", {"(STRING... jsonStrings) -> STRING"}, eval_json_concat, Nulls::are_seen},
      {"JSON_ITEMS", "JSON", "The items of a JSON array as JSON texts.", {"(STRING jsonItems) -> ARRAY<STRING>"}, eval_json_items},
      {"JSON_KEYS", "JSON", "The keys of a JSON object.", {"(STRING jsonObj) -> ARRAY<STRING>"}, eval_json_keys},
      {"JSON_RECORDS", "JSON", "The keys and values of a JSON object as a map of texts.", {"(STRING jsonObj) -> MAP<STRING, STRING>"}, eval_json_records},
      {"lcase", "STRING", "The text in small letters.", {"(STRING input) -> STRING"}, eval_lcase},
      {"least", "CONDITIONAL", "The least of the arguments; nulls are not looked at.", comparables, eval_least, Nulls::are_seen, widest_decimal},
      {"len", "STRING", "The length of a text (in UTF-16 units) or of bytes.", {"(STRING input) -> INT", "(BYTES input) -> INT"}, eval_len},
      {"ln", "MATHEMATICAL", "The natural logarithm.", unary_real, eval_ln},
      {"log", "MATHEMATICAL", "The natural logarithm, or the logarithm to a base.", logarithm, eval_log},
      {"LPad", "STRING", "The input filled up from the left, or cut, to a length.", {"(STRING input, INT targetLen, STRING padding) -> STRING", "(BYTES input, INT targetLen, BYTES padding) -> BYTES"}, eval_lpad, Nulls::are_seen},
      {"map_keys", "MAP", "The keys of a map.", {"(MAP<STRING, T> input) -> ARRAY<STRING>"}, eval_map_keys},
      {"map_union", "MAP", "The entries of both maps; the second wins.", {"(MAP<STRING, T> map1, MAP<STRING, T> map2) -> MAP<STRING, T>"}, eval_map_union, Nulls::are_seen},
      {"map_values", "MAP", "The values of a map.", {"(MAP<STRING, T> input) -> ARRAY<T>"}, eval_map_values},
      {"mask", "STRING", "The text with capitals, small letters, digits and other characters replaced by X, x, n and -, or by what is given; null leaves a kind as it is.", {"(STRING input) -> STRING", "(STRING input, STRING upper, STRING lower, STRING digit, STRING other) -> STRING"}, eval_mask, Nulls::are_seen},
      {"mask_keep_left", "STRING", "As MASK, without the first characters.", mask_part_signatures, eval_mask_keep_left, Nulls::are_seen},
      {"mask_keep_right", "STRING", "As MASK, without the last characters.", mask_part_signatures, eval_mask_keep_right, Nulls::are_seen},
      {"mask_left", "STRING", "As MASK, only the first characters.", mask_part_signatures, eval_mask_left, Nulls::are_seen},
      {"mask_right", "STRING", "As MASK, only the last characters.", mask_part_signatures, eval_mask_right, Nulls::are_seen},
      {"md5", "STRING", "The MD5 hash as hexadecimal text.", {"(STRING s) -> STRING"}, eval_md5},
      {"NULLIF", "CONDITIONAL", "Null when both arguments are equal, else the first.", {"(T expr1, T expr2) -> T"}, eval_nullif, Nulls::are_seen},
      {"parse_date", "DATE / TIME", "The text in the format as a DATE.", {"(STRING formattedDate, STRING formatPattern) -> DATE"}, eval_parse_date, Nulls::give_null, nullptr, prepare_time_pattern},
      {"parse_time", "DATE / TIME", "The text in the format as a TIME.", {"(STRING formattedTime, STRING formatPattern) -> TIME"}, eval_parse_time, Nulls::give_null, nullptr, prepare_time_pattern},
      {"parse_timestamp", "DATE / TIME", "The text in the format as a TIMESTAMP, in UTC or the zone that is given.", {"(STRING formattedTimestamp, STRING formatPattern) -> TIMESTAMP", "(STRING formattedTimestamp, STRING formatPattern, STRING timeZone) -> TIMESTAMP"}, eval_parse_timestamp, Nulls::give_null, nullptr, prepare_time_pattern},
      {"pi", "MATHEMATICAL", "Pi.", {"() -> DOUBLE"}, eval_pi},
      {"power", "MATHEMATICAL", "The base to the power of the exponent.", {"(INT base, INT exponent) -> DOUBLE", "(BIGINT base, BIGINT exponent) -> DOUBLE", "(DOUBLE base, DOUBLE exponent) -> DOUBLE"}, eval_power},
      {"radians", "MATHEMATICAL", "Degrees as radians.", unary_real, eval_radians},
      {"random", "MATHEMATICAL", "A random number from 0.0 to below 1.0.", {"() -> DOUBLE"}, eval_random},
      {"reduce", "LAMBDA", "The state after the lambda has been applied to it and each element or entry.", {"(ARRAY<T> list, S initialState, LAMBDA (S, T) => S lambda) -> S", "(MAP<K, V> map, S initialState, LAMBDA (S, K, V) => S lambda) -> S"}, eval_reduce, Nulls::are_seen},
      {"regexp_extract", "REGULAR EXPRESSION", "The first match of the pattern, or a group of it.", {"(STRING pattern, STRING input) -> STRING", "(STRING pattern, STRING input, INT group) -> STRING"}, eval_regexp_extract, Nulls::give_null, nullptr, prepare_regex_first},
      {"regexp_extract_all", "REGULAR EXPRESSION", "All matches of the pattern, or a group of each.", {"(STRING pattern, STRING input) -> ARRAY<STRING>", "(STRING pattern, STRING input, INT group) -> ARRAY<STRING>"}, eval_regexp_extract_all, Nulls::give_null, nullptr, prepare_regex_first},
      {"regexp_replace", "REGULAR EXPRESSION", "The text with all matches of the pattern replaced; $1 in the new text is the first group.", {"(STRING str, STRING regexp, STRING newStr) -> STRING"}, eval_regexp_replace, Nulls::give_null, nullptr, prepare_regex_second},
      {"regexp_split_to_array", "REGULAR EXPRESSION", "The parts of the text between the matches of the pattern.", {"(STRING string, STRING regexp) -> ARRAY<STRING>"}, eval_regexp_split_to_array, Nulls::give_null, nullptr, prepare_regex_second},
      {"replace", "STRING", "The text with each occurrence of one text replaced by another.", {"(STRING str, STRING oldStr, STRING newStr) -> STRING"}, eval_replace},
      {"reverse", "STRING", "The text from its end to its start.", {"(STRING input) -> STRING"}, eval_reverse},
      {"Round", "MATHEMATICAL", "The nearest whole number, or the nearest with so many decimal places; halves go up.", {"(INT val) -> BIGINT", "(BIGINT val) -> BIGINT", "(DECIMAL val) -> DECIMAL", "(DOUBLE val) -> BIGINT", "(DECIMAL val, INT decimalPlaces) -> DECIMAL", "(DOUBLE val, INT decimalPlaces) -> DOUBLE"}, eval_round, Nulls::give_null, rounded_decimal},
      {"RPad", "STRING", "The input filled up from the right, or cut, to a length.", {"(STRING input, INT targetLen, STRING padding) -> STRING", "(BYTES input, INT targetLen, BYTES padding) -> BYTES"}, eval_rpad, Nulls::are_seen},
      {"sign", "MATHEMATICAL", "-1, 0 or 1.", {"(INT value) -> INT", "(BIGINT value) -> INT", "(DOUBLE value) -> INT"}, eval_sign},
      {"sin", "MATHEMATICAL", "The sine of an angle in radians.", unary_real, eval_sin},
      {"sinh", "MATHEMATICAL", "The hyperbolic sine.", unary_real, eval_sinh},
      {"slice", "ARRAY", "The elements from one place to another, both included, from 1.", {"(ARRAY<T> in, INT from, INT to) -> ARRAY<T>"}, eval_slice, Nulls::are_seen},
      {"split", "STRING", "The parts of a text or of bytes between delimiters.", {"(STRING string, STRING delimiter) -> ARRAY<STRING>", "(BYTES bytes, BYTES delimiter) -> ARRAY<BYTES>"}, eval_split},
      {"split_to_map", "MAP", "The entries of a text like a:=1/b:=2 as a map.", {"(STRING input, STRING entryDelimiter, STRING kvDelimiter) -> MAP<STRING, STRING>"}, eval_split_to_map},
      {"sqrt", "MATHEMATICAL", "The square root.", unary_real, eval_sqrt},
      {"stringtodate", "DATE / TIME", "The text in the format as days since 1970-01-01. PARSE_DATE gives a DATE.", {"(STRING formattedDate, STRING formatPattern) -> INT"}, eval_stringtodate, Nulls::give_null, nullptr, prepare_time_pattern},
      {"stringtotimestamp", "DATE / TIME", "The text in the format as milliseconds since 1970-01-01. PARSE_TIMESTAMP gives a TIMESTAMP.", {"(STRING formattedTimestamp, STRING formatPattern) -> BIGINT", "(STRING formattedTimestamp, STRING formatPattern, STRING timeZone) -> BIGINT"}, eval_stringtotimestamp, Nulls::give_null, nullptr, prepare_time_pattern},
      {"substring", "STRING", "The part of a text or of bytes from a position (from 1, negative from the end), to its end or so long.", {"(STRING str, INT pos) -> STRING", "(STRING str, INT pos, INT length) -> STRING", "(BYTES bytes, INT pos) -> BYTES", "(BYTES bytes, INT pos, INT length) -> BYTES"}, eval_substring},
      {"tan", "MATHEMATICAL", "The tangent of an angle in radians.", unary_real, eval_tan},
      {"tanh", "MATHEMATICAL", "The hyperbolic tangent.", unary_real, eval_tanh},
      {"timeadd", "DATE / TIME", "The time with an interval added, around midnight.", {"(UNIT unit, INT interval, TIME time) -> TIME"}, eval_timeadd},
      {"timestampadd", "DATE / TIME", "The timestamp with an interval added.", {"(UNIT unit, INT interval, TIMESTAMP timestamp) -> TIMESTAMP"}, eval_timestampadd},
      {"timestampsub", "DATE / TIME", "The timestamp with an interval taken away.", {"(UNIT unit, INT interval, TIMESTAMP timestamp) -> TIMESTAMP"}, eval_timestampsub},
      {"timestamptostring", "DATE / TIME", "Milliseconds since 1970-01-01 as a text in the format. Use FORMAT_TIMESTAMP for TIMESTAMP values.", {"(BIGINT epochMilli, STRING formatPattern) -> STRING", "(BIGINT epochMilli, STRING formatPattern, STRING timeZone) -> STRING"}, eval_timestamptostring, Nulls::give_null, nullptr, prepare_time_pattern},
      {"timesub", "DATE / TIME", "The time with an interval taken away, around midnight.", {"(UNIT unit, INT interval, TIME time) -> TIME"}, eval_timesub},
      {"to_bytes", "CONVERSIONS", "A text in the encoding hex, utf8, ascii or base64 as bytes.", {"(STRING value, STRING encoding) -> BYTES"}, eval_to_bytes},
      {"TO_JSON_STRING", "JSON", "Any value as a JSON text.", {"(T input) -> STRING"}, eval_to_json_string, Nulls::are_seen},
      {"transform", "LAMBDA", "Each element, or each key and value, as the lambda makes it.", {"(ARRAY<T> array, LAMBDA (T) => R lambda) -> ARRAY<R>", "(MAP<K, V> map, LAMBDA (K, V) => R keys, LAMBDA (K, V) => S values) -> MAP<R, S>"}, eval_transform, Nulls::are_seen},
      {"trim", "STRING", "The text without white space at its ends.", {"(STRING input) -> STRING"}, eval_trim},
      {"trunc", "MATHEMATICAL", "The number cut to whole or to so many decimal places.", {"(INT val) -> BIGINT", "(BIGINT val) -> BIGINT", "(DECIMAL val) -> DECIMAL", "(DOUBLE val) -> BIGINT", "(DECIMAL val, INT decimalPlaces) -> DECIMAL", "(DOUBLE val, INT decimalPlaces) -> DOUBLE"}, eval_trunc, Nulls::give_null, rounded_decimal},
      {"ucase", "STRING", "The text in capitals.", {"(STRING input) -> STRING"}, eval_ucase},
      {"unix_date", "DATE / TIME", "Days since 1970-01-01, of the date or of today.", {"() -> INT", "(DATE date) -> INT"}, eval_unix_date},
      {"unix_timestamp", "DATE / TIME", "Milliseconds since 1970-01-01, of the timestamp or of now.", {"() -> BIGINT", "(TIMESTAMP timestamp) -> BIGINT"}, eval_unix_timestamp},
      {"url_decode_param", "URL", "The text with its URL escapes resolved.", {"(STRING input) -> STRING"}, eval_url_decode_param},
      {"url_encode_param", "URL", "The text escaped for use in a URL's query.", {"(STRING input) -> STRING"}, eval_url_encode_param},
      {"url_extract_fragment", "URL", "The fragment of a URL.", {"(STRING input) -> STRING"}, eval_url_extract_fragment},
      {"url_extract_host", "URL", "The host of a URL.", {"(STRING input) -> STRING"}, eval_url_extract_host},
      {"url_extract_parameter", "URL", "A parameter of a URL's query.", {"(STRING input, STRING paramToFind) -> STRING"}, eval_url_extract_parameter},
      {"url_extract_path", "URL", "The path of a URL.", {"(STRING input) -> STRING"}, eval_url_extract_path},
      {"url_extract_port", "URL", "The port of a URL, when it says one.", {"(STRING input) -> INT"}, eval_url_extract_port},
      {"url_extract_protocol", "URL", "The protocol of a URL.", {"(STRING input) -> STRING"}, eval_url_extract_protocol},
      {"url_extract_query", "URL", "The query of a URL.", {"(STRING input) -> STRING"}, eval_url_extract_query},
      {"UUID", "STRING", "A random UUID, or the one that 16 bytes are.", {"() -> STRING", "(BYTES bytes) -> STRING"}, eval_uuid, Nulls::are_seen},
  };
  return list;
}

const std::vector<AggregateFunction>& aggregate_functions() {
  static const Signatures numbers{"(INT val) -> DOUBLE", "(BIGINT val) -> DOUBLE", "(DOUBLE val) -> DOUBLE"};
  static const Signatures comparables{"(INT val) -> INT", "(BIGINT val) -> BIGINT", "(DOUBLE val) -> DOUBLE", "(DECIMAL val) -> DECIMAL", "(DATE val) -> DATE",
                                      "(TIME val) -> TIME", "(TIMESTAMP val) -> TIMESTAMP", "(STRING val) -> STRING", "(BYTES val) -> BYTES"};
  static const Signatures by_offset{"(T val) -> T", "(T val | BOOLEAN ignoreNulls) -> T", "(T val | INT n) -> ARRAY<T>", "(T val | INT n, BOOLEAN ignoreNulls) -> ARRAY<T>"};
  static const std::vector<AggregateFunction> list{
      {"ATTR", "The value that all rows of the group have; null when they differ.", {"(T val) -> T"}, make_attr},
      {"AVG", "The average; nulls are not looked at.", numbers, make_avg},
      {"COLLECT_LIST", "All values as an array.", {"(T val) -> ARRAY<T>"}, make_collect_list},
      {"COLLECT_SET", "The different values as an array.", {"(T val) -> ARRAY<T>"}, make_collect_set},
      {"CORRELATION", "The Pearson correlation of two columns.", {"(INT x, INT y) -> DOUBLE", "(BIGINT x, BIGINT y) -> DOUBLE", "(DOUBLE x, DOUBLE y) -> DOUBLE"}, make_correlation},
      {"COUNT", "The number of rows, or of those in which the column is not null.", {"() -> BIGINT", "(T val) -> BIGINT"}, make_count},
      {"COUNT_DISTINCT", "About how many different values there are (HyperLogLog; exact up to 256).", {"(T val) -> BIGINT"}, make_count_distinct},
      {"EARLIEST_BY_OFFSET", "The first value, or the first n; nulls are ignored unless told otherwise.", by_offset, make_earliest_by_offset},
      {"HISTOGRAM", "How often each text occurs (at most 1000 different ones).", {"(STRING val) -> MAP<STRING, BIGINT>"}, make_histogram},
      {"LATEST_BY_OFFSET", "The last value, or the last n; nulls are ignored unless told otherwise.", by_offset, make_latest_by_offset},
      {"MAX", "The greatest value; nulls are not looked at.", comparables, make_max},
      {"MIN", "The least value; nulls are not looked at.", comparables, make_min},
      {"STDDEV_SAMP", "The square of the sample standard deviation. STDDEV_SAMPLE is the deviation itself.", numbers, make_stddev_samp},
      {"STDDEV_SAMPLE", "The sample standard deviation.", numbers, make_stddev_sample},
      {"SUM", "The sum; nulls are not looked at.", {"(INT val) -> INT", "(BIGINT val) -> BIGINT", "(DECIMAL val) -> DECIMAL", "(DOUBLE val) -> DOUBLE"}, make_sum},
      {"SUM_LIST", "The sum of all elements of all arrays.", {"(ARRAY<INT> list) -> INT", "(ARRAY<BIGINT> list) -> BIGINT", "(ARRAY<DOUBLE> list) -> DOUBLE"}, make_sum_list},
      {"TOPK", "The k greatest values; with further columns, structs of them.",
       {"(INT val, ANY... others | INT k) -> ANY", "(BIGINT val, ANY... others | INT k) -> ANY", "(DOUBLE val, ANY... others | INT k) -> ANY", "(STRING val, ANY... others | INT k) -> ANY"}, make_topk},
      {"TOPKDISTINCT", "The k greatest different values.",
       {"(INT val | INT k) -> ANY", "(BIGINT val | INT k) -> ANY", "(DOUBLE val | INT k) -> ANY", "(DECIMAL val | INT k) -> ANY", "(STRING val | INT k) -> ANY", "(DATE val | INT k) -> ANY",
        "(TIME val | INT k) -> ANY", "(TIMESTAMP val | INT k) -> ANY", "(BYTES val | INT k) -> ANY"}, make_topkdistinct},
  };
  return list;
}

const std::vector<TableFunction>& table_functions() {
  static const std::vector<TableFunction> list{
      {"cube_explode", "All combinations of the columns being there or null.", {"(ARRAY<T> columns) -> ARRAY<T>"}, eval_cube_explode},
      {"explode", "A row for each element.", {"(ARRAY<DECIMAL> input) -> DECIMAL", "(ARRAY<T> list) -> T"}, eval_explode},
  };
  return list;
}

std::string upper(std::string_view name) {
  std::string out(name);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = char(c - 32);
  return out;
}

template <class F> const F* find(std::string_view name, const std::vector<F>& list, const std::vector<F>* extra) {
  const std::string wanted = upper(name);
  const auto in = [&](const std::vector<F>& functions) -> const F* {
    for (const auto& f : functions)
      if (f.name.size() == wanted.size() && upper(f.name) == wanted) return &f;
    return nullptr;
  };
  const F* found = extra == nullptr ? nullptr : in(*extra);
  return found != nullptr ? found : in(list);
}

std::unexpected<Error> unknown(std::string_view name) { return fail(ErrorCode::not_found, "Can't find any functions with the name '" + upper(name) + "'"); }

std::vector<std::optional<Value>> constants_of(std::span<const ArgumentType> arguments) {
  std::vector<std::optional<Value>> out;
  for (const auto& a : arguments) out.push_back(a.constant);
  return out;
}

}  // namespace

Result<ResolvedScalar> resolve_scalar(std::string_view name, std::span<const ArgumentType> arguments, const FunctionSettings& settings) {
  const ScalarFunction* f = find(name, scalar_functions(), settings.extra == nullptr ? nullptr : &settings.extra->scalars);
  if (f == nullptr) return unknown(name);
  TRY(SignatureMatch match, match_signature(f->name, f->signatures, arguments));
  if (!match.result && f->result_type == nullptr)
    return fail(ErrorCode::invalid_input, "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).");
  ResolvedScalar out;
  out.name = upper(name);
  out.type = match.result ? *match.result : f->result_type(match.types);
  out.parameters = std::move(match.conversions);
  out.lambda_parameters = std::move(match.lambda_parameters);
  out.null_in_null_out = f->nulls == Nulls::give_null;
  struct Bound {
    Code* code;
    Type type;
    std::vector<Type> types;
    std::shared_ptr<const void> prepared;
    std::vector<std::pair<Type, Type>> lambda_casts;   // by lambda: from, to; equal when there is nothing to do
    bool casts = false;
  };
  auto bound = std::make_shared<Bound>(Bound{f->code, out.type, std::move(match.types), nullptr, {}, false});
  if (f->prepare != nullptr) {
    const auto literals = constants_of(arguments);
    if (literals.size() >= 2) bound->prepared = f->prepare(literals);
  }
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].lambda == nullptr) continue;
    const Type& body = match.lambda_bodies[i];
    bound->lambda_casts.emplace_back(body, match.lambda_results[i].value_or(body));
    bound->casts = bound->casts || match.lambda_results[i];
  }
  out.eval = [bound = std::shared_ptr<const Bound>(bound)](std::span<const Value> values, std::span<const LambdaFunction> lambdas, const CallContext& context) -> Result<Value> {
    if (!bound->casts) return bound->code({values, lambdas, context, bound->type, bound->types, bound->prepared.get()});
    std::vector<LambdaFunction> converting;
    for (std::size_t i = 0; i < lambdas.size(); ++i)
      converting.push_back([&lambda = lambdas[i], &cast = bound->lambda_casts[i]](std::span<const Value> args) -> Result<Value> {
        TRY(const Value v, lambda(args));
        return cast_value(v, cast.first, cast.second);
      });
    return bound->code({values, converting, context, bound->type, bound->types, bound->prepared.get()});
  };
  return out;
}

Result<ResolvedAggregate> resolve_aggregate(std::string_view name, std::span<const ArgumentType> arguments, const FunctionSettings& settings) {
  const AggregateFunction* f = find(name, aggregate_functions(), settings.extra == nullptr ? nullptr : &settings.extra->aggregates);
  if (f == nullptr) return unknown(name);
  TRY(const SignatureMatch match, match_signature(f->name, f->signatures, arguments));
  TRY(ResolvedAggregate out, f->factory({match.types, constants_of(arguments), settings}));
  out.name = upper(name);
  out.parameters.assign(match.conversions.begin(), match.conversions.begin() + std::ptrdiff_t(match.variable_arguments));
  return out;
}

Result<ResolvedTableFunction> resolve_table_function(std::string_view name, std::span<const ArgumentType> arguments, const FunctionSettings& settings) {
  const TableFunction* f = find(name, table_functions(), settings.extra == nullptr ? nullptr : &settings.extra->tables);
  if (f == nullptr) return unknown(name);
  TRY(SignatureMatch match, match_signature(f->name, f->signatures, arguments));
  ResolvedTableFunction out;
  out.name = upper(name);
  if (match.result) out.type = *match.result;
  else if (!match.types.empty() && match.types[0].is(data::Kind::array)) out.type = match.types[0].element();   // of ARRAY<DECIMAL>
  else return fail(ErrorCode::invalid_input, "Can't infer a type of null. Please explicitly cast it to a required type, e.g. CAST(null AS VARCHAR).");
  out.parameters = std::move(match.conversions);
  out.eval = [code = f->code, nulls = f->nulls](std::span<const Value> values) -> Result<std::vector<Value>> {
    if (nulls == Nulls::give_null)
      for (const auto& v : values)
        if (v.null()) return std::vector<Value>{};
    return code(values);
  };
  return out;
}

const std::vector<FunctionInfo>& all_functions() {
  static const std::vector<FunctionInfo> list = [] {
    std::vector<FunctionInfo> out;
    const auto add = [&](const auto& f, FunctionKind kind, std::string_view category) {
      FunctionInfo info{upper(f.name), kind, std::string(category), std::string(f.description), {}};
      for (const auto& s : f.signatures) info.signatures.push_back(shown_signature(info.name, s, true));
      out.push_back(std::move(info));
    };
    for (const auto& f : scalar_functions()) add(f, FunctionKind::scalar, f.category);
    for (const auto& f : aggregate_functions()) add(f, FunctionKind::aggregate, "AGGREGATE");
    for (const auto& f : table_functions()) add(f, FunctionKind::table, "TABLE");
    std::sort(out.begin(), out.end(), [](const FunctionInfo& a, const FunctionInfo& b) { return a.name < b.name; });
    return out;
  }();
  return list;
}

std::optional<FunctionKind> function_kind(std::string_view name, const FunctionSettings& settings) {
  const auto* extra = settings.extra;
  if (find(name, scalar_functions(), extra == nullptr ? nullptr : &extra->scalars) != nullptr) return FunctionKind::scalar;
  if (find(name, aggregate_functions(), extra == nullptr ? nullptr : &extra->aggregates) != nullptr) return FunctionKind::aggregate;
  if (find(name, table_functions(), extra == nullptr ? nullptr : &extra->tables) != nullptr) return FunctionKind::table;
  return std::nullopt;
}

}  // namespace braid::sql
