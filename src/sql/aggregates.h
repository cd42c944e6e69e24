// The aggregate functions' factories, for the list in functions.cc. Inside sql/ only.
#pragma once
#include "sql/function_kit.h"

namespace braid::sql {

AggregateFactory make_attr, make_avg, make_collect_list, make_collect_set, make_correlation, make_count, make_count_distinct, make_earliest_by_offset, make_histogram,
    make_latest_by_offset, make_max, make_min, make_stddev_samp, make_stddev_sample, make_sum, make_sum_list, make_topk, make_topkdistinct;

// table_functions.cc
TableCode eval_cube_explode, eval_explode;

}  // namespace braid::sql
