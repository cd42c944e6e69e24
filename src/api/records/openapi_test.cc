#include <gtest/gtest.h>

#include "api/mesh/mesh_api.h"
#include "api/openapi/document.h"
#include "api/records/records.h"

namespace braid::api {

TEST(RecordsOpenApi, MergesWithTheOtherAreas) {
  const auto document = merge_openapi({mesh_openapi(), records_openapi()});
  ASSERT_TRUE(document) << document.error().message;
  EXPECT_NE(document->at("paths").as_object().if_contains("/api/v1/topics/{topic}/records"), nullptr);
}

}  // namespace braid::api
