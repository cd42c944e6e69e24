// The code of every scalar function, by category. Listed with signatures in functions.cc; inside sql/ only.
#pragma once
#include "sql/function_kit.h"

namespace braid::sql {

// functions_math.cc
Code eval_abs, eval_acos, eval_asin, eval_atan, eval_atan2, eval_cbrt, eval_ceil, eval_cos, eval_cosh, eval_cot, eval_degrees, eval_exp, eval_floor, eval_geo_distance,
    eval_greatest, eval_least, eval_ln, eval_log, eval_pi, eval_power, eval_radians, eval_random, eval_round, eval_sign, eval_sin, eval_sinh, eval_sqrt, eval_tan, eval_tanh, eval_trunc;
ResultType same_decimal, widest_decimal, rounded_decimal;

// functions_text.cc
Code eval_chr, eval_concat, eval_concat_ws, eval_elt, eval_encode, eval_field, eval_from_bytes, eval_initcap, eval_instr, eval_lcase, eval_len, eval_lpad, eval_mask,
    eval_mask_keep_left, eval_mask_keep_right, eval_mask_left, eval_mask_right, eval_md5, eval_replace, eval_reverse, eval_rpad, eval_split, eval_split_to_map, eval_substring,
    eval_to_bytes, eval_trim, eval_ucase, eval_uuid, eval_bigint_from_bytes, eval_double_from_bytes, eval_int_from_bytes;
// functions_regex.cc
Code eval_regexp_extract, eval_regexp_extract_all, eval_regexp_replace, eval_regexp_split_to_array;
Prepare prepare_regex_first, prepare_regex_second;

// functions_time.cc
Code eval_convert_tz, eval_dateadd, eval_datesub, eval_datetostring, eval_format_date, eval_format_time, eval_format_timestamp, eval_from_days, eval_from_unixtime,
    eval_parse_date, eval_parse_time, eval_parse_timestamp, eval_stringtodate, eval_stringtotimestamp, eval_timeadd, eval_timesub, eval_timestampadd, eval_timestampsub,
    eval_timestamptostring, eval_unix_date, eval_unix_timestamp;
Prepare prepare_time_pattern;

// functions_json.cc
Code eval_extractjsonfield, eval_is_json_string, eval_json_array_contains, eval_json_array_length, eval_json_concat, eval_json_items, eval_json_keys, eval_json_records, eval_to_json_string;

// functions_url.cc
Code eval_url_decode_param, eval_url_encode_param, eval_url_extract_fragment, eval_url_extract_host, eval_url_extract_parameter, eval_url_extract_path, eval_url_extract_port,
    eval_url_extract_protocol, eval_url_extract_query;

// functions_array.cc: arrays, maps, nulls
Code eval_array_concat, eval_array_contains, eval_array_distinct, eval_array_except, eval_array_intersect, eval_array_join, eval_array_length, eval_array_max, eval_array_min,
    eval_array_remove, eval_array_sort, eval_array_union, eval_as_map, eval_as_value, eval_coalesce, eval_entries, eval_generate_series, eval_ifnull, eval_map_keys,
    eval_map_union, eval_map_values, eval_nullif, eval_slice;
ResultType entries_result;
// functions_lambda.cc
Code eval_filter, eval_reduce, eval_transform;

}  // namespace braid::sql
