// SPDX-License-Identifier: Apache-2.0
// SIGHUP, SIGTERM and SIGINT on the event loop, for one who listens at a time.
#pragma once

#include <functional>
#include <optional>

#include <boost/asio/signal_set.hpp>

#include "daemon/net/async.hpp"

namespace taktd {

class Signals {
public:
    explicit Signals(asio::any_io_executor executor);

    /// None: wake() came first.
    Async<std::optional<int>> next();
    void wake() { set_.cancel(); }

    /// Calls `told` once, at the next SIGTERM or SIGINT. A SIGHUP until then is heard and means nothing.
    void on_end(std::function<void()> told);

    /// Nothing is heard any more and nothing keeps the loop running, however many signals wait to be told.
    void close();

private:
    asio::signal_set set_;
    bool is_closed_ = false;
};

}  // namespace taktd
