// SPDX-License-Identifier: Apache-2.0
// The newest events, each serialised once for all who listen. Ids are EPOCH-N: the epoch is this process's, N has no
// gaps. It holds at most so many events and bytes; whoever comes back for one that is gone is told to begin anew.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace taktd::control {

enum class EventType {
    transition,
    call,
    query,
    overdue,
    recovered,
    holds,
    job,
    providers,
    config,
    store,
    foreign,
    status
};

std::string_view name_of(EventType type);
std::optional<EventType> parse_event_type(std::string_view name);

struct Event {
    std::uint64_t number = 0;
    EventType type = EventType::transition;
    std::string job{}, provider{};  ///< that it is about; empty: none
    std::string wire{};             ///< as text/event-stream has it
};

/// Which events somebody wants. It never changes an id.
struct EventFilter {
    std::set<EventType> types{};    ///< empty: all but queries
    std::string job{}, provider{};  ///< empty: any; else events that are about it, and those about none

    bool wants(EventType type) const;
    bool wants(const Event& event) const;
};

class EventRing {
public:
    struct Limits {
        std::size_t events_max = 16'384;
        std::size_t bytes_max = 32 * 1024 * 1024;
    };

    explicit EventRing(std::string epoch) : epoch_{std::move(epoch)} {}
    EventRing(std::string epoch, Limits limits) : epoch_{std::move(epoch)}, limits_{limits} {}

    /// `data`: one line.
    void publish(EventType type, std::string job, std::string provider, std::string_view data);

    /// 0: there has been none.
    std::uint64_t newest() const { return newest_; }
    std::string newest_id() const { return id_of(newest_); }
    std::string id_of(std::uint64_t number) const { return epoch_ + "-" + std::to_string(number); }

    /// The number in an id after which all that came is kept. Nothing: of another process, gone, or no id.
    std::optional<std::uint64_t> place_of(std::string_view id) const;
    /// All that came after `number` is kept.
    bool keeps_all_after(std::uint64_t number) const { return number + events_.size() >= newest_; }
    /// The event behind `number`, after which all is kept; null: it has not come yet.
    const Event* after(std::uint64_t number) const;

private:
    const std::string epoch_;
    const Limits limits_{};
    std::deque<Event> events_;  // the last is `newest_`
    std::uint64_t newest_ = 0;
    std::size_t bytes_ = 0;
};

/// Where one listener stands. Its queue is the ring itself: one that lags behind costs nothing until what it has not
/// seen is gone.
class EventCursor {
public:
    EventCursor(const EventRing& ring, EventFilter filter)
        : ring_{ring}, filter_{std::move(filter)}, seen_{ring.newest()} {}

    /// Goes on behind `id`. False: that cannot be done, and it stands at the newest event.
    bool resume(std::string_view id);
    /// What comes next has been let go: it was too slow.
    bool is_lost() const { return !ring_.keeps_all_after(seen_); }
    /// What is wanted of the next events: whole ones, up to about `bytes_max`. Empty: nothing for now.
    std::string take(std::size_t bytes_max);
    std::string id() const { return ring_.id_of(seen_); }

private:
    const EventRing& ring_;
    const EventFilter filter_;
    std::uint64_t seen_;
};

}  // namespace taktd::control
