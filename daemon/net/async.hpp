// SPDX-License-Identifier: Apache-2.0
// The coroutine type of the shell. The core has no coroutines.
#pragma once

#include <boost/asio/awaitable.hpp>

// At -O2 GCC 12 inlines one of Asio's allocation functions for coroutine frames and not its counterpart, and then takes
// them for mismatched. The warning comes at the coroutine, so it is off in every file that has one, until GCC 12 goes.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace taktd {

namespace asio = boost::asio;
template <class T>
using Async = asio::awaitable<T>;

}  // namespace taktd
