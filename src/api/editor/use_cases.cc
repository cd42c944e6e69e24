#include "api/editor/use_cases.h"

namespace braid::api {

const std::vector<UseCase>& course_use_cases() {
  static const std::vector<UseCase> cases{
      {"trending_stocks", "Trending stocks", "How many shares of each symbol change hands, in windows of 15 minutes.", {"stocktrades"}, "trending_stocks", true,
       "CREATE TABLE IF NOT EXISTS trending_stocks WITH (kafka_topic='trending_stocks', value_format='AVRO') AS\n"
       "  SELECT symbol,\n"
       "    SUM(quantity) AS total_quantity,\n"
       "    WINDOWSTART AS window_start,\n"
       "    WINDOWEND AS window_end\n"
       "  FROM stocktrades\n"
       "  WINDOW TUMBLING (SIZE 15 MINUTES)\n"
       "  GROUP BY symbol\n"
       "  EMIT CHANGES;"},
      {"high_value_stock_trades", "High-value stock trades", "Trades of a high price and quantity, with the region of the user who made them.", {"stocktrades", "users"},
       "high_value_stock_trades", false,
       "CREATE STREAM IF NOT EXISTS high_value_stock_trades WITH (kafka_topic='high_value_stock_trades', value_format='AVRO') AS\n"
       "  SELECT U.ID USERID, U.REGIONID REGION, T.SIDE SIDE, T.QUANTITY QUANTITY, T.SYMBOL SYMBOL, T.PRICE PRICE, T.ACCOUNT ACCOUNT\n"
       "  FROM STOCKTRADES T\n"
       "  INNER JOIN USERS U ON (T.USERID = U.ID)\n"
       "  WHERE ((T.PRICE > 500) AND (T.QUANTITY > 2500))\n"
       "  EMIT CHANGES;"},
      // The course compares with 'REGION_1', which no user has: the data says Region_1.
      {"us_enriched_stock_trades", "US stock trades, enriched", "Trades by users of the US region, with the user who made them.", {"stocktrades", "users"}, "us_enriched_stock_trades", false,
       "CREATE STREAM IF NOT EXISTS us_enriched_stock_trades WITH (kafka_topic='us_enriched_stock_trades', value_format='AVRO') AS\n"
       "  SELECT U.ID USERID, U.REGIONID REGION, T.SIDE SIDE, T.QUANTITY QUANTITY, T.SYMBOL SYMBOL, T.PRICE PRICE, T.ACCOUNT ACCOUNT\n"
       "  FROM STOCKTRADES T\n"
       "  INNER JOIN USERS U ON (T.USERID = U.ID)\n"
       "  WHERE U.REGIONID = 'Region_1'\n"
       "  EMIT CHANGES;"}};
  return cases;
}

}  // namespace braid::api
