// SPDX-License-Identifier: Apache-2.0
// The events of a living daemon, one by one, for as long as somebody wants them. A connection that is lost is made
// anew, behind the last event that came. What is missing all the same is told: `gap`, and the daemon's own `reset`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/ctl/answer.hpp"
#include "daemon/ctl/feed/event_reader.hpp"
#include "daemon/ctl/feed/outside.hpp"
#include "daemon/net/answer_reader.hpp"

namespace taktd::ctl {

struct FeedNews {
    enum class Kind {
        event,        ///< `event`; one named `reset` says that what came before it is lost to the stream
        listening,    ///< connected: from here on nothing is missed
        gap,          ///< connected again, but nobody knows behind what
        lost,         ///< `why`; it is tried again
        refused,      ///< `why`; it is not
        timed_out,    ///< the deadline
        interrupted,  ///< a signal
        reader_gone,
    };
    Kind kind = Kind::timed_out;
    ToldEvent event{};
    std::string why{};
};

class EventFeed {
public:
    /// The daemon says every 5 s that it lives.
    static constexpr auto kSilenceMax = std::chrono::seconds{20};
    static constexpr auto kPause = std::chrono::milliseconds{500};

    /// `query`: of /api/v1/events, with its question mark, or empty.
    EventFeed(std::string socket, std::string query, Outside& outside);
    ~EventFeed();
    EventFeed(const EventFeed&) = delete;
    EventFeed& operator=(const EventFeed&) = delete;

    FeedNews next(Outside::Clock::time_point deadline = Outside::Clock::time_point::max());
    bool is_listening() const { return is_listening_; }

private:
    using Kind = FeedNews::Kind;

    std::optional<FeedNews> connect();
    std::optional<FeedNews> take(std::string_view bytes);
    std::optional<FeedNews> take_refusal();
    std::optional<FeedNews> lose(std::string why);
    void close();

    const std::string socket_, query_;
    Outside& outside_;
    int fd_ = -1;
    bool is_listening_ = false, was_listening_ = false, is_resumed_ = false, is_loss_told_ = false;
    Outside::Clock::time_point heard_{}, retry_{};
    AnswerReader answer_;
    std::string refusal_;  // what an answer that is no stream says
    EventReader reader_;
    std::vector<ToldEvent> events_;
    std::size_t taken_ = 0;
};

}  // namespace taktd::ctl
