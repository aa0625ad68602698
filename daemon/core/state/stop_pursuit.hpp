// SPDX-License-Identifier: Apache-2.0
// The promise: once its end is wanted, a stop of a run is sent again and again until its task is seen to have ended
// (R4). Here is decided when the next one goes. Whether a run has ended is not decided here (observation.hpp), nor what
// goes before a stop (healing), nor when the limiter permits it.
#pragma once

#include <optional>
#include <string>

#include "daemon/core/base/random.hpp"
#include "daemon/core/model/call.hpp"
#include "daemon/core/model/model.hpp"

namespace taktd {

/// An end that was asked for, and on whose behalf.
struct StopCause {
    Reason reason = Reason::schedule;
    std::string actor = "taktd";
    std::string text;
    Conclusion conclusion{};
};

class StopPursuit {
public:
    /// The vendor took the last stop and says that it is stopping: how long that is believed.
    static constexpr Duration kStoppingResend = std::chrono::minutes{5};

    /// The end is wanted, and why; its start may still be in flight. Whoever asks sees that the first cause stays.
    void ask(StopCause cause) { cause_ = std::move(cause); }
    const std::optional<StopCause>& cause() const { return cause_; }
    /// The pursuit begins: a stop may go at once, whatever was sent before.
    void begin(BootTime now);
    /// A stop may go at once: after a restart, by another key, when healing is over.
    void at_once(BootTime now) { next_ = now; }

    /// An intent of a stop, or of the healing before it. There is one at a time.
    const std::optional<CallId>& call() const { return call_; }
    /// Which attempt it is, from 1.
    int admit(const CallId& call);
    void admit_healing(const CallId& call) { call_ = call; }
    /// It was answered or withdrawn.
    void end_call() { call_.reset(); }
    void leave(BootTime now) { last_sent_ = now; }
    std::optional<BootTime> last_sent() const { return last_sent_; }

    /// What came of a stop, and so when the next may go. `retries_at_once`: one that was refused for our clock alone.
    void answer(const CallResult& result, bool retries_at_once, Random& random, BootTime now);
    /// The same of a request for healing that is to be made again.
    void answer_healing(const CallResult& result, int failures, Random& random, BootTime now);
    void answer_skew(bool retries_at_once, BootTime now);
    /// What came of a stop of the last process; its connection ended with it.
    void remember(Outcome outcome, BootTime now);
    /// Any stop was accepted.
    bool was_accepted() const { return accepted_; }
    /// When the last one ended, since the pursuit began.
    std::optional<BootTime> last_ended() const { return last_ended_; }

    /// How many stops were asked for.
    int attempts() const { return attempts_; }
    /// The earliest instant of the next one; nothing: the end is not wanted yet.
    const std::optional<BootTime>& next() const { return next_; }

    /// The next stop is the retry with a corrected clock.
    void retry_with_new_time(bool is_due) { skew_retry_ = skew_retry_ || is_due; }
    void forgo_new_time() { skew_retry_ = false; }
    bool take_skew_retry();

    /// What a look showed of the task; while a stop is on its way, that says nothing. False: it was asked before the
    /// last stop had ended, and is to be made again.
    bool see(RemoteState remote, BootTime asked);
    /// What runs there bears another run's token, which a later look has to confirm.
    void see_anothers(bool is_anothers);

    /// A stop makes sense, as far as the last one and the looks since tell.
    bool wants_stop(BootTime now) const;
    /// When it is to be looked at again, if nothing else happens. `may_go`: nothing bars a stop but its instant.
    std::optional<BootTime> wake(bool may_go) const;
    /// One that makes sense is due.
    bool is_due(BootTime now) const { return next_ && *next_ <= now; }

private:
    /// What the newest look since the last stop showed.
    struct Sight {
        RemoteState remote = RemoteState::unknown;
        bool is_anothers = false;
    };

    std::optional<StopCause> cause_;
    std::optional<CallId> call_;
    std::optional<BootTime> next_;  ///< earliest instant of the next stop
    std::optional<BootTime> last_sent_, last_ended_;
    std::optional<Sight> sight_;
    int attempts_ = 0, failures_ = 0;
    bool accepted_ = false, last_accepted_ = false;
    bool skew_retry_ = false;
};

}  // namespace taktd
