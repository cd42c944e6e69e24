// Hand-over from many threads to one: push from anywhere, take everything at once. Order of arrival is kept.
// Thread-safe. It does not wake anybody: push() says when the taker has to be woken. The commit thread of storage/ and what shards post to each other live on it.
#pragma once
#include <mutex>
#include <utility>
#include <vector>

namespace braid::io {

template <class T> class Inbox {
 public:
  // True when it was empty, so that the taker may be asleep.
  bool push(T item) {
    const std::scoped_lock lock(mutex_);
    items_.push_back(std::move(item));
    return items_.size() == 1;
  }
  std::vector<T> take_all() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(items_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<T> items_;
};

}  // namespace braid::io
