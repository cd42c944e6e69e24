// Waiting for something that happens on the same shard. None of these is thread-safe: they live on one shard and are used from it alone.
#pragma once
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "io/shard.h"

namespace braid::io {

// Wakes all who wait. A wait that is not satisfied by its deadline returns false. The Notifier must outlive its waiters.
class Notifier {
 public:
  Notifier();
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;
  Task<bool> wait(Deadline deadline = never);
  void notify_all();   // the waiters resume later, from the event loop, in the order in which they came

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared with the timers of waits under way
};

// One at a time, in the order of arrival. The Turn gives way when it is destroyed.
class Turns {
 public:
  class [[nodiscard]] Turn {
   public:
    explicit Turn(Turns* turns) : turns_(turns) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() { if (turns_) turns_->give_way(); }

   private:
    Turns* turns_;
  };
  Task<Turn> take();

 private:
  friend class Turn;
  void give_way();
  bool taken_ = false;
  std::deque<std::coroutine_handle<>> waiting_;
};

// Lets a service stop cleanly: refuses newcomers, then waits for those inside. The gate must outlive every Pass.
class Gate {
 public:
  class [[nodiscard]] Pass {
   public:
    explicit Pass(Gate* gate) : gate_(gate) { ++gate_->inside_; }
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() { if (gate_ && --gate_->inside_ == 0) gate_->left_.notify_all(); }

   private:
    Gate* gate_;
  };
  std::optional<Pass> enter();   // empty once close() was called
  bool closed() const { return closed_; }
  Task<void> close();            // returns after the last Pass is gone

 private:
  int inside_ = 0;
  bool closed_ = false;
  Notifier left_;
};

// Bounded queue between two coroutines of one shard. push waits while it is full; pop waits while it is empty.
template <class T> class Channel {
 public:
  explicit Channel(std::size_t capacity) : capacity_(capacity) {}
  Task<bool> push(T item) {   // false once closed
    while (items_.size() >= capacity_ && !closed_) co_await changed_.wait();
    if (closed_) co_return false;
    items_.push_back(std::move(item));
    changed_.notify_all();
    co_return true;
  }
  Task<std::optional<T>> pop(Deadline deadline = never) {   // empty at the deadline, or once closed and drained
    while (items_.empty() && !closed_) {
      const bool woken = co_await changed_.wait(deadline);
      if (!woken && items_.empty()) co_return std::nullopt;
    }
    if (items_.empty()) co_return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    changed_.notify_all();
    co_return item;
  }
  void close() { closed_ = true; changed_.notify_all(); }
  bool closed() const { return closed_; }

 private:
  std::size_t capacity_;
  std::deque<T> items_;
  bool closed_ = false;
  Notifier changed_;
};

}  // namespace braid::io
