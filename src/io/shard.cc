#include "io/shard.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "base/log.h"
#include "io/impl.h"

namespace braid::io {
namespace {

thread_local Shard* current_shard = nullptr;

// A coroutine that nobody awaits: it destroys itself at its end.
struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

Detached run_detached(Task<void> task) {
  try {
    co_await std::move(task);
  } catch (const std::exception& e) {
    log::error("task_failed", {{"what", e.what()}});
  }
}

struct CurrentShard {
  explicit CurrentShard(Shard* shard) : before(std::exchange(current_shard, shard)) {}
  ~CurrentShard() { current_shard = before; }
  Shard* before;
};

}  // namespace

Shard::Shard(int index) : index_(index), impl_(std::make_unique<Impl>()) {}
Shard::~Shard() = default;
Shard* Shard::current() { return current_shard; }

void Shard::post(std::move_only_function<void()> f) {
  if (here()) return boost::asio::post(impl_->context, [f = std::move(f)]() mutable { f(); });
  // From other threads, the sixteen partitions of a request for example: what comes together costs one lock of the context and one wake-up.
  if (impl_->posted.push(std::move(f))) boost::asio::post(impl_->context, [impl = impl_.get()] { impl->run_posted(); });
}

void Shard::Impl::run_posted() {
  for (auto& f : posted.take_all()) {
    try {
      f();
    } catch (const std::exception& e) {   // as in run(): the others still have their turn
      log::error("handler_failed", {{"what", e.what()}});
    }
  }
}

void Shard::spawn(Task<void> task) {
  post([task = std::move(task)]() mutable { run_detached(std::move(task)); });
}

void Shard::run() {
  const CurrentShard here(this);
  for (;;) {
    try {
      impl_->context.run();
      return;
    } catch (const std::exception& e) {  // a library threw through a handler: say so, keep the shard alive
      log::error("handler_failed", {{"shard", index_}, {"what", e.what()}});
    }
  }
}

std::size_t Shard::poll() {
  const CurrentShard here(this);
  return impl_->context.poll();
}

void Shard::stop() {
  impl_->work.reset();
  impl_->context.stop();
}

struct Shards::Threads {
  std::vector<std::jthread> list;
};

std::unique_ptr<Shards> Shards::without_threads(int count) {
  BRAID_ASSERT(count >= 1);
  std::unique_ptr<Shards> shards(new Shards);
  shards->threads_ = std::make_unique<Threads>();
  for (int i = 0; i < count; ++i) shards->shards_.push_back(std::make_unique<Shard>(i));
  return shards;
}

std::unique_ptr<Shards> Shards::start(int count) {
  auto shards = without_threads(count);
  for (auto& shard : shards->shards_) shards->threads_->list.emplace_back([s = shard.get()] { s->run(); });
  return shards;
}
Shards::~Shards() {
  stop();
  threads_->list.clear();
}
void Shards::stop() {
  for (auto& shard : shards_) shard->stop();
}

int core_count() { return std::max(1, int(std::thread::hardware_concurrency())); }

namespace {
struct SleepAwaiter {
  Deadline deadline;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    timer.emplace(current_shard->impl().context, deadline);
    timer->async_wait([h](boost::system::error_code) { h.resume(); });
  }
  void await_resume() noexcept {}
  std::optional<boost::asio::steady_timer> timer{};
};
}  // namespace

Task<void> sleep_until(Deadline deadline) {
  SleepAwaiter sleep{deadline};
  co_await sleep;
}

Task<void> yield() {
  struct Awaiter {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) { current_shard->post([h] { h.resume(); }); }
    void await_resume() const noexcept {}
  };
  co_await Awaiter{};
}

namespace detail {
namespace {
struct Done {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
};
Task<void> tell(Task<void> task, Done& done, std::exception_ptr& thrown) {
  try {
    co_await std::move(task);
  } catch (...) {
    thrown = std::current_exception();
  }
  const std::scoped_lock lock(done.mutex);
  done.done = true;
  done.changed.notify_all();
}
}  // namespace

void block_until_done(Shard& shard, Task<void> task) {
  BRAID_ASSERT(Shard::current() == nullptr);  // a shard that waits for itself would wait for ever
  Done done;
  std::exception_ptr thrown;
  shard.spawn(tell(std::move(task), done, thrown));
  std::unique_lock lock(done.mutex);
  done.changed.wait(lock, [&] { return done.done; });
  if (thrown) std::rethrow_exception(thrown);
}
}  // namespace detail

struct Pool::Impl {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::move_only_function<void()>> queue;
  bool stopping = false;
  std::vector<std::jthread> threads;

  void work() {
    for (;;) {
      std::move_only_function<void()> job;
      {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return stopping || !queue.empty(); });
        if (queue.empty()) return;
        job = std::move(queue.front());
        queue.pop_front();
      }
      job();
    }
  }
};

Pool::Pool(int threads) : impl_(std::make_unique<Impl>()) {
  for (int i = 0; i < threads; ++i) impl_->threads.emplace_back([impl = impl_.get()] { impl->work(); });
}
Pool::~Pool() {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  impl_->threads.clear();
}
void Pool::post(std::move_only_function<void()> f) {
  {
    const std::scoped_lock lock(impl_->mutex);
    impl_->queue.push_back(std::move(f));
  }
  impl_->changed.notify_one();
}

}  // namespace braid::io
