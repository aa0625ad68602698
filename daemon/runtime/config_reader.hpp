// SPDX-License-Identifier: Apache-2.0
// Reads the config off the loop, at start and at each reload: a large one takes seconds, one on a hung mount never
// ends. However often it is asked for while one is being read, it is read once more.
#pragma once

#include <functional>
#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/runtime/config_source.hpp"
#include "daemon/runtime/worker.hpp"

namespace taktd {

namespace asio = boost::asio;

class ConfigReader {
public:
    static constexpr Duration kPatience = std::chrono::seconds{10};  ///< after it a reading that goes on is told

    struct Handlers {
        std::function<ConfigReading()> read;                 ///< on the worker's thread
        std::function<void(ConfigReading reading)> on_read;  ///< on the loop, once per reading
        std::function<void()> on_slow;                       ///< likewise, if it takes longer than kPatience
    };

    /// The loop must have ended, or close() been called, before this is destroyed.
    ConfigReader(asio::any_io_executor executor, Worker& worker, Handlers handlers);

    void request();
    /// Nothing of one asked for is outstanding.
    bool is_done() const { return !reading_; }
    /// Nothing is told any more.
    void close();

private:
    void begin();
    void finish(ConfigReading reading);

    asio::any_io_executor executor_;
    Worker& worker_;
    Handlers handlers_;
    asio::steady_timer patience_;
    bool reading_ = false, again_ = false, closed_ = false;
};

}  // namespace taktd
