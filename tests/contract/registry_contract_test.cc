// The schema registry over every adapter: what one has written, the next one that opens the same log reads, ids and all.
#include "fixture.h"
#include "registry/registry.h"
#include "registry/service.h"

namespace braid::contract {
namespace {

class RegistryContract : public Contract {};
BRAID_CONTRACT_FOR_ALL_ADAPTERS(RegistryContract);

using registry::Registry;

registry::SchemaDraft record_schema(std::string fields) {
  registry::SchemaDraft draft;
  draft.text = R"({"type":"record","name":"R","fields":[)" + std::move(fields) + "]}";
  return draft;
}

io::Task<Result<void>> write_all(EventLog& log) {
  Metrics metrics;
  auto opening = Registry::open(log, metrics);
  CO_TRY(auto schemas, co_await std::move(opening));
  auto adding = schemas->add("orders-value", record_schema(R"({"name":"a","type":"int"})"));
  CO_TRY(const auto first, co_await std::move(adding));
  if (first.id.value != 1 || first.version != 1 || first.registered_ms <= 0) co_return fail(ErrorCode::bug, "the first schema is not the first");
  auto more = schemas->add("orders-value", record_schema(R"({"name":"a","type":"int"},{"name":"b","type":"int","default":1})"));
  CO_TRY(const auto second, co_await std::move(more));
  auto refused = co_await schemas->add("orders-value", record_schema(R"({"name":"c","type":"int"})"));
  if (refused || refused.error().code != ErrorCode::incompatible) co_return fail(ErrorCode::bug, "an incompatible schema was taken");
  auto removing = schemas->service().delete_version("orders-value", "1", false);
  if (auto removed = co_await std::move(removing); !removed) co_return fail(ErrorCode::bug, removed.error().message);
  auto setting = schemas->service().set_mode("orders-value", "READONLY", false);
  if (auto set = co_await std::move(setting); !set) co_return fail(ErrorCode::bug, set.error().message);
  auto closing = schemas->close();
  co_await std::move(closing);
  co_return Result<void>{};
}

io::Task<Result<void>> read_all(EventLog& log) {
  Metrics metrics;
  auto opening = Registry::open(log, metrics);
  CO_TRY(auto schemas, co_await std::move(opening));
  CO_TRY(const auto latest, schemas->latest("orders-value"));
  if (latest.version != 2 || latest.id.value != 2) co_return fail(ErrorCode::bug, "the latest is version " + std::to_string(latest.version));
  CO_TRY(const auto old, schemas->by_id(SchemaId{1}));
  if (!old.deleted) co_return fail(ErrorCode::bug, "the deletion was forgotten");
  CO_TRY_VOID(schemas->avro(SchemaId{1}));
  auto refused = co_await schemas->add("orders-value", record_schema(""));
  if (refused || refused.error().code != ErrorCode::forbidden) co_return fail(ErrorCode::bug, "the mode was forgotten");
  auto adding = schemas->add("other-value", record_schema(""));
  CO_TRY(const auto next, co_await std::move(adding));
  if (next.id.value != 3) co_return fail(ErrorCode::bug, "the next id is " + std::to_string(next.id.value));
  auto closing = schemas->close();
  co_await std::move(closing);
  co_return Result<void>{};
}

TEST_P(RegistryContract, WhatWasWrittenIsThereAgain) {
  const auto written = run(write_all(log()));
  ASSERT_TRUE(written) << written.error().text();
  const auto read = run(read_all(log()));
  ASSERT_TRUE(read) << read.error().text();
}

}  // namespace
}  // namespace braid::contract
