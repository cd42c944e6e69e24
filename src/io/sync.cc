#include "io/sync.h"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>

#include "io/impl.h"

namespace braid::io {

struct Notifier::Impl {
  struct Waiter {
    std::coroutine_handle<> handle;
    bool woken = false;
    bool resumed = false;
    std::optional<boost::asio::steady_timer> timer;
  };
  std::deque<std::shared_ptr<Waiter>> waiters;
};

Notifier::Notifier() : impl_(std::make_shared<Impl>()) {}
Notifier::~Notifier() = default;

Task<bool> Notifier::wait(Deadline deadline) {
  struct Awaiter {
    std::shared_ptr<Impl> impl;
    Deadline deadline;
    std::shared_ptr<Impl::Waiter> waiter;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> h) {
      waiter = std::make_shared<Impl::Waiter>();
      waiter->handle = h;
      impl->waiters.push_back(waiter);
      if (deadline == never) return;
      waiter->timer.emplace(Shard::current()->impl().context, deadline);
      waiter->timer->async_wait([waiter = waiter, weak = std::weak_ptr<Impl>(impl)](boost::system::error_code) {
        if (waiter->resumed || waiter->woken) return;  // notify_all has it
        waiter->resumed = true;
        if (auto live = weak.lock()) std::erase(live->waiters, waiter);
        waiter->handle.resume();
      });
    }
    bool await_resume() const noexcept { return waiter->woken; }
  };
  Awaiter awaiter{impl_, deadline, nullptr};
  co_return co_await awaiter;
}

void Notifier::notify_all() {
  if (impl_->waiters.empty()) return;
  auto woken = std::exchange(impl_->waiters, {});
  for (auto& waiter : woken) waiter->woken = true;
  Shard::current()->post([woken = std::move(woken)]() mutable {
    for (auto& waiter : woken) {
      waiter->resumed = true;
      if (waiter->timer) waiter->timer->cancel();
      waiter->handle.resume();
    }
  });
}

Task<Turns::Turn> Turns::take() {
  struct Awaiter {
    Turns& turns;
    bool await_ready() const noexcept { return !turns.taken_; }
    void await_suspend(std::coroutine_handle<> h) { turns.waiting_.push_back(h); }
    void await_resume() const noexcept { turns.taken_ = true; }
  };
  Awaiter awaiter{*this};
  co_await awaiter;
  co_return Turn(this);
}

void Turns::give_way() {
  if (waiting_.empty()) {
    taken_ = false;
    return;
  }
  const auto next = waiting_.front();  // taken_ stays true, so nobody slips in before it
  waiting_.pop_front();
  Shard::current()->post([next] { next.resume(); });
}

std::optional<Gate::Pass> Gate::enter() {
  if (closed_) return std::nullopt;
  return Pass(this);
}

Task<void> Gate::close() {
  closed_ = true;
  while (inside_ > 0) co_await left_.wait();
}

}  // namespace braid::io
