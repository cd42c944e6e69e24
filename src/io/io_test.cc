#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "io/file.h"
#include "io/net.h"
#include "io/priority.h"
#include "io/sync.h"

namespace braid::io {
namespace {

io::Task<std::pair<int, int>> nice_of_a_pool_and_of_its_neighbour() {
  Pool lowered(1), other(1);
  lowered.post(lower_this_threads_priority);
  auto first = lowered.run(this_threads_nice);
  const int mine = co_await std::move(first);
  auto second = other.run(this_threads_nice);
  const int others = co_await std::move(second);
  co_return std::pair(mine, others);
}

TEST(Priority, IsLoweredForOneThreadAlone) {
  const auto shards = Shards::start(1);
  const int usual = this_threads_nice();
  const auto [mine, others] = block_on(shards->control(), nice_of_a_pool_and_of_its_neighbour());
  EXPECT_EQ(mine, std::max(usual, 10));
  EXPECT_EQ(others, usual);
}

Task<int> forty_two() { co_return 42; }
Task<int> sum_over_shards(Shards& shards) {
  int sum = 0;
  for (int i = 0; i < shards.size(); ++i) {
    const int index = co_await shards.at(i).on([] { return Shard::current()->index(); });
    sum += index;
    sum += co_await shards.at(i).on([] { return forty_two(); });
    BRAID_ASSERT(Shard::current()->index() == 0);  // resumed at home
  }
  co_return sum;
}

TEST(Shard, RunsWorkElsewhereAndComesHome) {
  auto shards = Shards::start(3);
  EXPECT_EQ(block_on(shards->control(), sum_over_shards(*shards)), 0 + 1 + 2 + 3 * 42);
}

Task<bool> wait_for(Notifier& n, Milliseconds wait) { co_return co_await n.wait(after(wait)); }
Task<void> notify_soon(Notifier& n) {
  co_await sleep_for(Milliseconds(5));
  n.notify_all();
}
Task<std::pair<bool, bool>> notifier_case() {
  Notifier n;
  const bool early = co_await wait_for(n, Milliseconds(1));
  Shard::current()->spawn(notify_soon(n));
  const bool woken = co_await wait_for(n, Milliseconds(10'000));
  co_return std::pair(early, woken);
}
TEST(Notifier, TellsADeadlineFromANotice) {
  auto shards = Shards::start(1);
  EXPECT_EQ(block_on(shards->control(), notifier_case()), std::pair(false, true));
}

Task<void> in_turn(Turns& turns, std::vector<int>& order, int me) {
  const auto turn = co_await turns.take();
  order.push_back(me);
  co_await yield();
  order.push_back(me);
}
Task<std::vector<int>> turns_case() {
  Turns turns;
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) Shard::current()->spawn(in_turn(turns, order, i));
  while (order.size() < 6) co_await yield();
  co_return order;
}
TEST(Turns, LetOneInAtATime) {
  auto shards = Shards::start(1);
  EXPECT_EQ(block_on(shards->control(), turns_case()), (std::vector{0, 0, 1, 1, 2, 2}));
}

Task<void> echo(std::unique_ptr<Stream> stream) {
  char buffer[4096];
  for (;;) {
    const auto n = co_await stream->read_some(buffer);
    if (!n || *n == 0) co_return;
    const auto written = co_await stream->write(BytesView(buffer, *n));
    if (!written) co_return;
  }
}
Task<void> accept_one(Listener& listener, Shard& owner) {
  auto stream = co_await listener.accept(owner);
  if (stream) owner.spawn(echo(*std::move(stream)));
}
Task<Result<std::string>> echo_case(Shards& shards) {
  CO_TRY(auto listener, Listener::bind({"127.0.0.1", 0}));
  Shard::current()->spawn(accept_one(*listener, shards.at(1)));
  CO_TRY(auto stream, co_await connect(listener->local(), after(Milliseconds(2000))));
  CO_TRY_VOID(co_await stream->write("hello"));
  std::string back(5, '\0');
  CO_TRY_VOID(co_await stream->read_exactly(back));
  char more[1];
  const auto late = co_await stream->read_some(more, after(Milliseconds(2)));
  if (late || late.error().code != ErrorCode::timeout) co_return fail(ErrorCode::bug, "a silent peer must be a timeout");
  co_return back;
}
TEST(Net, EchoesAcrossShardsAndTimesOut) {
  auto shards = Shards::start(2);
  const auto back = block_on(shards->control(), echo_case(*shards));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(*back, "hello");
}
Task<Result<void>> taken_port() {
  CO_TRY(auto first, Listener::bind({"127.0.0.1", 0}));
  CO_TRY(auto second, Listener::bind(first->local()));
  co_return Result<void>{};
}
TEST(Net, ATakenPortSaysWhatToDo) {
  auto shards = Shards::start(1);
  const auto error = block_on(shards->control(), taken_port()).error();
  EXPECT_EQ(error.code, ErrorCode::conflict);
  EXPECT_NE(error.message.find("another process uses that port"), std::string::npos);
}

Task<std::thread::id> in_pool(Pool& pool) { co_return co_await pool.run([] { return std::this_thread::get_id(); }); }
TEST(Pool, RunsOffTheShard) {
  Pool pool(1);
  auto shards = Shards::start(1);
  EXPECT_NE(block_on(shards->control(), in_pool(pool)), std::this_thread::get_id());
}

TEST(Endpoint, Parses) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:9092", 1)->text(), "127.0.0.1:9092");
  EXPECT_EQ(parse_endpoint("[::1]:80", 1)->text(), "[::1]:80");
  EXPECT_EQ(parse_endpoint("localhost", 8080)->port, 8080);
  EXPECT_FALSE(parse_endpoint("host:port", 1));
  EXPECT_TRUE((Endpoint{"127.0.0.1", 1}).loopback());
  EXPECT_FALSE((Endpoint{"0.0.0.0", 1}).loopback());
}

TEST(Files, ReplaceIsWhole) {
  char dir[] = "/tmp/braid_io_XXXXXX";
  ASSERT_NE(mkdtemp(dir), nullptr);
  auto files = real_files();
  const std::string path = std::string(dir) + "/f";
  ASSERT_TRUE(files->replace_file(path, "one"));
  ASSERT_TRUE(files->replace_file(path, "two!"));
  EXPECT_EQ(*files->read_file(path), "two!");
  EXPECT_EQ(files->read_file(path + "x").error().code, ErrorCode::not_found);
  const auto lock = FileLock::take(path + ".lock");
  ASSERT_TRUE(lock);
  EXPECT_EQ(FileLock::take(path + ".lock").error().code, ErrorCode::conflict);
  ASSERT_TRUE(files->remove_all(dir));
}

}  // namespace
}  // namespace braid::io
