// The coroutine type of the shell. The core has no coroutines.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace taktd {

namespace asio = boost::asio;
template <class T>
using Async = asio::awaitable<T>;

}  // namespace taktd
