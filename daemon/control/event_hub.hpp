// SPDX-License-Identifier: Apache-2.0
// Who listens: a stream each, which sleeps until there is an event and says every few seconds that it lives. A listener
// that does not take what is written is left behind; nobody waits for it. On the loop's thread.
#pragma once

#include <chrono>
#include <list>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/control/event_teller.hpp"
#include "daemon/net/http_stream.hpp"

namespace taktd::control {

class EventHub {
public:
    static constexpr std::size_t kListenersMax = 128;
    static constexpr std::size_t kWriteBytesMax = 64 * 1024;  ///< at once, to one listener
    static constexpr auto kProofOfLife = std::chrono::seconds{5};
    static constexpr auto kSecond = std::chrono::seconds{1};

    /// `epoch` marks the ids of this process.
    EventHub(asio::any_io_executor executor, std::string epoch);

    EventTeller& teller() { return teller_; }
    const EventRing& ring() const { return ring_; }
    /// Where counts come from.
    void watch(std::function<EngineStatus()> status) { status_ = std::move(status); }
    void watch_providers(std::function<json::array()> providers) { providers_ = std::move(providers); }
    bool is_full() const { return listeners_.size() >= kListenersMax; }
    std::size_t listeners() const { return listeners_.size(); }
    /// How many were left because they did not take what was written.
    std::uint64_t dropped() const { return dropped_; }

    struct Wish {
        EventFilter filter{};
        std::optional<std::string> after{};  ///< the id to go on behind
    };
    /// Until the peer goes, is too slow, or the server ends.
    Async<void> serve(StreamWriter& writer, Wish wish);

private:
    using Steady = std::chrono::steady_clock;
    struct Listener {
        asio::steady_timer wake;
        bool wants_queries = false;
    };
    class Place;

    void wake_all();
    void tell_of_second();
    void count_wishes();

    asio::any_io_executor executor_;
    EventRing ring_;
    EventTeller teller_;
    std::list<Listener> listeners_;
    std::uint64_t dropped_ = 0;
    std::function<EngineStatus()> status_;
    std::function<json::array()> providers_ = [] { return json::array{}; };
    Steady::time_point told_second_{};
};

}  // namespace taktd::control
