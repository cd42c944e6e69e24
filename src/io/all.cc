#include "io/all.h"

#include "base/log.h"

namespace braid::io {
namespace {

struct Detached {
  struct promise_type {
    Detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

// Lives in the frame of all(), which ends only after the last task.
struct Countdown {
  std::size_t left;
  std::coroutine_handle<> waiter{};
};

Detached run(Task<void> task, Countdown* countdown) {
  try {
    co_await std::move(task);
  } catch (const std::exception& e) {
    log::error("task_failed", {{"what", e.what()}});
  }
  if (countdown != nullptr && --countdown->left == 0 && countdown->waiter) countdown->waiter.resume();
}

struct Rest {
  Countdown& countdown;
  bool await_ready() const noexcept { return countdown.left == 0; }
  void await_suspend(std::coroutine_handle<> h) const noexcept { countdown.waiter = h; }
  void await_resume() const noexcept {}
};

}  // namespace

void start(Task<void> task) { run(std::move(task), nullptr); }

Task<void> all(std::vector<Task<void>> tasks) {
  Countdown countdown{tasks.size()};
  for (auto& task : tasks) run(std::move(task), &countdown);
  Rest rest{countdown};
  co_await rest;
}

}  // namespace braid::io
