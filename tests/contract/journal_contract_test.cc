// A Journal over every adapter: replay, own writes visible at once, the writes of others applied too.
#include "eventlog/journal.h"
#include "fixture.h"

namespace braid::contract {
namespace {

class JournalContract : public Contract {};
BRAID_CONTRACT_FOR_ALL_ADAPTERS(JournalContract);

// A counter whose events are numbers to add.
struct Sum {
  std::int64_t total = 0;
  std::size_t applied = 0;
};
std::vector<Record> number(int n) {
  std::vector<Record> records;
  records.push_back(record("n", std::to_string(n)));
  return records;
}
Result<void> add(Sum& sum, const RecordView& r) {
  if (!r.value || *r.value == "bad") return fail(ErrorCode::invalid_input, "not a number");
  sum.total += std::stoll(std::string(*r.value));
  ++sum.applied;
  return {};
}
io::Task<Result<std::unique_ptr<Journal>>> open(EventLog& log, Sum& sum) {
  TopicSpec spec;
  spec.name = "sums";
  spec.cleanup = Cleanup::compact;
  return Journal::open(log, std::move(spec), [&sum](const RecordView& r) { return add(sum, r); });
}

io::Task<Result<void>> walk(EventLog& log) {
  Sum sum;
  auto opening = open(log, sum);
  CO_TRY(auto journal, co_await std::move(opening));
  for (int i = 1; i <= 10; ++i) {
    const auto turn = co_await journal->turn();
    auto writing = journal->write(number(i));
    CO_TRY(const auto offset, co_await std::move(writing));
    if (offset.value != i - 1 || sum.applied != std::size_t(i)) co_return fail(ErrorCode::bug, "a write returned before it was applied");
  }
  // Somebody else writes into the topic, something bad in between.
  std::vector<Record> records = number(100);
  records.push_back(record("n", "bad"));
  records.push_back(record("n", "1000"));
  auto elsewhere = write_some(log, at("sums"), std::move(records));
  CO_TRY_VOID(co_await std::move(elsewhere));
  auto catching = journal->catch_up();
  CO_TRY_VOID(co_await std::move(catching));
  if (sum.total != 55 + 1100) co_return fail(ErrorCode::bug, "the sum is " + std::to_string(sum.total));
  if (journal->applied().value != 13) co_return fail(ErrorCode::bug, "applied is " + std::to_string(journal->applied().value));
  auto closing = journal->close();
  co_await std::move(closing);
  journal.reset();
  // A second one starts from the topic alone.
  Sum again;
  auto reopening = open(log, again);
  CO_TRY(auto second, co_await std::move(reopening));
  if (again.total != 1155) co_return fail(ErrorCode::bug, "the sum after the replay is " + std::to_string(again.total));
  auto ending = second->close();
  co_await std::move(ending);
  co_return Result<void>{};
}

TEST_P(JournalContract, ReplaysAndFollows) {
  const auto done = run(walk(log()));
  EXPECT_TRUE(done) << done.error().text();
}

}  // namespace
}  // namespace braid::contract
