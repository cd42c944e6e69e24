// Private to io/*.cc: the Asio side of a shard.
#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>

#include "io/inbox.h"
#include "io/shard.h"

namespace braid::io {
struct Shard::Impl {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  Inbox<std::move_only_function<void()>> posted;   // from other threads
  void run_posted();
};
}  // namespace braid::io
