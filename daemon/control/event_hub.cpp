// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/event_hub.hpp"

#include <algorithm>

#include <boost/asio/redirect_error.hpp>

#include "daemon/runtime/clock.hpp"

namespace taktd::control {
namespace {

std::string bye(const std::string& why) { return "event: bye\ndata: {\"why\":\"" + why + "\"}\n\n"; }

std::string time_line() { return ": " + to_rfc3339(read_time().wall) + "\n"; }

std::string reset(const std::string& id) {
    return "id: " + id + "\nevent: reset\ndata: {\"event\":\"" + id + "\"}\n\n";
}

}  // namespace

/// In the list of listeners, as long as it exists.
class EventHub::Place {
public:
    Place(EventHub& hub, bool wants_queries) : hub_{hub} {
        hub_.listeners_.push_back(Listener{asio::steady_timer{hub_.executor_}, wants_queries});
        self_ = std::prev(hub_.listeners_.end());
        hub_.count_wishes();
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
        hub_.listeners_.erase(self_);
        hub_.count_wishes();
    }
    asio::steady_timer& wake() { return self_->wake; }

private:
    EventHub& hub_;
    std::list<Listener>::iterator self_;
};

EventHub::EventHub(asio::any_io_executor executor, std::string epoch)
    : executor_{std::move(executor)},
      ring_{std::move(epoch)},
      teller_{ring_, [] { return read_time().wall; }, [this] { wake_all(); }} {}

void EventHub::wake_all() {
    for (Listener& listener : listeners_) listener.wake.cancel();
}

void EventHub::count_wishes() { teller_.want_queries(std::ranges::any_of(listeners_, &Listener::wants_queries)); }

void EventHub::tell_of_second() {
    const auto now = Steady::now();
    if (!status_ || now - told_second_ < kSecond) return;
    told_second_ = now;
    teller_.tell_of_second(status_(), providers_);
}

Async<void> EventHub::serve(StreamWriter& writer, Wish wish) {
    co_await asio::this_coro::throw_if_cancelled(false);
    Place place{*this, wish.filter.wants(EventType::query)};
    EventCursor cursor{ring_, std::move(wish.filter)};
    const bool is_continued = !wish.after || cursor.resume(*wish.after);
    std::string text = "retry: 2000\n" + time_line() + "\n";
    if (!is_continued) text += reset(cursor.id());
    auto proven = Steady::now();
    for (;;) {
        const bool is_taken = co_await writer.write(text);
        if (!is_taken && writer.is_too_slow()) ++dropped_;
        if (!is_taken) co_return;
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        const bool is_ending = cancellation.cancelled() != asio::cancellation_type::none;
        if (is_ending || cursor.is_lost()) {
            if (!is_ending) ++dropped_;
            text = bye(is_ending ? "stopping" : "slow");
            co_await writer.write(text);
            co_return;
        }
        tell_of_second();
        text = cursor.take(kWriteBytesMax);
        const auto now = Steady::now();
        // Proves life, carries the time, and says up to where a listener has heard all that it wants.
        if (text.empty() && now - proven >= kProofOfLife) text = time_line() + "id: " + cursor.id() + "\n\n";
        if (!text.empty()) {
            proven = now;
            continue;
        }
        if (cursor.is_lost()) continue;
        place.wake().expires_at(std::min(proven + kProofOfLife, now + kSecond));
        boost::system::error_code ignored;
        co_await place.wake().async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

}  // namespace taktd::control
