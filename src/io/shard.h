// A shard: one thread with one event loop, which owns its connections, its partitions and the query tasks that read them (DESIGN section 3).
// Shards ask each other by message, never by lock: `co_await shard.on(f)` runs f over there and resumes here with its value.
// Threads: post, spawn and on may be called from any thread; everything else from the shard itself. Shards owns the threads.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "io/task.h"

namespace braid::io {

using Milliseconds = std::chrono::milliseconds;
using Deadline = std::chrono::steady_clock::time_point;
inline Deadline after(Milliseconds wait) { return std::chrono::steady_clock::now() + wait; }
inline constexpr Deadline never = Deadline::max();

class Shard {
 public:
  explicit Shard(int index);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  static Shard* current();          // the shard this thread runs; null on other threads
  int index() const { return index_; }
  bool here() const { return current() == this; }

  void post(std::move_only_function<void()> f);   // runs f on this shard, later
  void spawn(Task<void> task);                    // runs the task on this shard to its end; an exception in it is logged as a bug

  // Runs f on this shard and resumes the caller on its own shard (or right away when it is already here). f takes and returns values,
  // never pointers into a shard. f may return a plain value or a Task. The caller must itself run on a shard.
  template <class F> auto on(F f);

  void run();                       // the thread's body: until stop(). Tests may call poll() instead
  std::size_t poll();               // runs what is ready, returns how many handlers ran
  void stop();

  struct Impl;                      // known to io/*.cc only
  Impl& impl() { return *impl_; }

 private:
  int index_;
  std::unique_ptr<Impl> impl_;
};

// Suspends the caller and resumes it on `target`.
struct HopTo {
  Shard& target;
  bool await_ready() const noexcept { return target.here(); }
  void await_suspend(std::coroutine_handle<> h) const { target.post([h] { h.resume(); }); }
  void await_resume() const noexcept {}
};

namespace detail {
template <class F> auto run_on(Shard& target, Shard& home, F f) -> Task<std::invoke_result_t<F&>> {
  co_await HopTo{target};
  if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
    f();
    co_await HopTo{home};
  } else {
    auto value = f();
    co_await HopTo{home};
    co_return value;
  }
}
template <class F> auto run_task_on(Shard& target, Shard& home, F f) -> std::invoke_result_t<F&> {
  co_await HopTo{target};
  if constexpr (std::is_void_v<typename is_task<std::invoke_result_t<F&>>::value_type>) {
    co_await f();
    co_await HopTo{home};
  } else {
    auto value = co_await f();
    co_await HopTo{home};
    co_return value;
  }
}
}  // namespace detail

template <class F> auto Shard::on(F f) {
  Shard& home = *current();
  if constexpr (is_task<std::invoke_result_t<F&>>::value) return detail::run_task_on(*this, home, std::move(f));
  else return detail::run_on(*this, home, std::move(f));
}

// The threads of a node: one per shard. Shard 0 is the control shard: HTTP, registry, mesh, catalog and statements live there.
class Shards {
 public:
  static std::unique_ptr<Shards> start(int count);  // starts the threads
  static std::unique_ptr<Shards> without_threads(int count);  // for the simulation, which polls them itself
  ~Shards();                                         // stops and joins
  int size() const { return int(shards_.size()); }
  Shard& at(int i) { return *shards_[std::size_t(i)]; }
  Shard& control() { return *shards_[0]; }
  void stop();

 private:
  Shards() = default;
  struct Threads;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<Threads> threads_;
};

Task<void> sleep_until(Deadline deadline);
inline Task<void> sleep_for(Milliseconds wait) { return sleep_until(after(wait)); }
Task<void> yield();   // lets others on this shard run

int core_count();        // how many shards suit this machine

// From a thread that is no shard (main, tests, the command line): runs the task on the shard and waits for its value.
namespace detail {
void block_until_done(Shard& shard, Task<void> task);
template <class T> Task<void> store_into(Task<T> task, std::optional<T>& out) { out.emplace(co_await std::move(task)); }
}  // namespace detail
template <class T> T block_on(Shard& shard, Task<T> task) {
  if constexpr (std::is_void_v<T>) {
    detail::block_until_done(shard, std::move(task));
  } else {
    std::optional<T> out;
    detail::block_until_done(shard, detail::store_into(std::move(task), out));
    return *std::move(out);
  }
}

// Long or blocking work (a big scan, a file read that may miss the cache, an fsync) on a small pool; the caller resumes on its shard.
class Pool {
 public:
  explicit Pool(int threads);
  ~Pool();  // finishes what was begun
  template <class F> auto run(F f) -> Task<std::invoke_result_t<F&>>;
  void post(std::move_only_function<void()> f);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

namespace detail {
struct PoolHop {
  Pool& pool;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) const { pool.post([h] { h.resume(); }); }
  void await_resume() const noexcept {}
};
template <class F> auto run_in_pool(Pool& pool, Shard& home, F f) -> Task<std::invoke_result_t<F&>> {
  co_await PoolHop{pool};
  if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
    f();
    co_await HopTo{home};
  } else {
    auto value = f();
    co_await HopTo{home};
    co_return value;
  }
}
}  // namespace detail
template <class F> auto Pool::run(F f) -> Task<std::invoke_result_t<F&>> {
  return detail::run_in_pool(*this, *Shard::current(), std::move(f));
}

}  // namespace braid::io
