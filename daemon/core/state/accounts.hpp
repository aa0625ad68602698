// SPDX-License-Identifier: Apache-2.0
// The accounts that requests are made through: one limiter for each, which outlives configs and processes (R6), and
// what waits there for a permit.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/base/agenda.hpp"
#include "daemon/core/model/job.hpp"
#include "daemon/core/model/past.hpp"
#include "daemon/core/model/rows.hpp"
#include "daemon/core/rules/limiter.hpp"
#include "daemon/core/rules/probe_plan.hpp"

namespace taktd {

/// Calls whose intent is written and that are not released, by the instant that they are due. Those that may go now
/// stand apart, so that a herd that waits for its commit costs nothing to look past.
struct AdmittedCalls {
    using Place = std::pair<WallTime, CallId>;
    std::set<Place> all, ready;

    void erase(const Place& place) {
        all.erase(place);
        ready.erase(place);
    }
};

struct Account {
    explicit Account(const ProviderSpec& provider) : name{provider.account}, limiter{provider.rate_limit} {}

    /// Whether a request of this class may go now; if not, it notes when one may.
    bool permits(CallClass call_class, BootTime now);
    /// It is to be looked at again by then, at the latest.
    void wake_by(BootTime when, BootTime now);

    std::string name;
    Limiter limiter;
    Duration skew{};
    bool closed = false;  ///< unauthorized
    ProbePlan probes;     ///< while it is closed
    bool probe_skew_retry = false;
    std::size_t in_flight = 0;
    // Waiting for a permit, each in its order.
    std::set<std::pair<WallTime, RunId>> stops_wanted, starts_wanted;
    AdmittedCalls stops_admitted, starts_admitted;
    std::deque<CallId> pauses_admitted;
    std::set<std::pair<WallTime, RunId>> heal_looks_wanted;  ///< a stop waits for them: by its deadline, as stops go
    std::set<std::pair<BootTime, RunId>> settles_wanted, polls_wanted;
    std::set<std::pair<WallTime, std::string>> looks_wanted;  ///< by the instant of the start that they are for
    std::set<RunId> last_looks_wanted;
    std::set<std::pair<WallTime, RunId>> tasks_wanted;   ///< runs that need a task of their own
    std::set<std::pair<BootTime, std::string>> watches;  ///< tasks by the instant of their next check
    BootTime last_watch{};
    AdmittedCalls foreign_stops;
    std::set<RunId> runs;          ///< live runs with an open obligation
    std::optional<BootTime> wake;  ///< while it is pumped: when a permit will be there
    bool stops_blocked = false;    ///< likewise: a stop waits for a permit, so nothing else goes
};

class Accounts {
public:
    /// What the last process left: the debts of its buckets, if it ended cleanly, and the limits that were told.
    void recover(const Snapshot& past);

    Account* find(const std::string& name);
    const Account* find(const std::string& name) const;
    Account& at(const std::string& name) { return accounts_.at(name); }
    const Account& at(const std::string& name) const { return accounts_.at(name); }
    /// It is made when it is first asked for.
    Account& of(const ProviderSpec& provider, Now now, const std::string& boot_id);
    auto begin() { return accounts_.begin(); }
    auto end() { return accounts_.end(); }
    auto begin() const { return accounts_.begin(); }
    auto end() const { return accounts_.end(); }

    /// A config says what counts from now on. The row, if that is news: a recovery that comes before the next config
    /// sends by it. `is_first`: no config has taken over in this process.
    std::optional<LimitRow> tell_limit(const ProviderSpec& provider, bool is_first, Now now,
                                       const std::string& boot_id);
    /// The buckets' debts, for a clean stop.
    std::vector<LimiterRow> limiter_rows(Now now, const std::string& boot_id) const;

    /// Something about it has changed: it is looked at in this step, whether it may send.
    void mark(const std::string& name) { marked_.insert(name); }
    void mark_all();
    /// In the next step.
    void mark_later(const std::string& name) { marked_later_.insert(name); }
    void begin_step() { marked_.merge(marked_later_); }
    std::optional<std::string> take_marked();
    void look_at(const std::string& name, std::optional<BootTime> when) { permits_at_.set(name, when); }
    Agenda<BootTime>& by_boot() { return permits_at_; }

    void assert_invariants() const;

private:
    Limiter inherited_limiter(const std::string& account, const RateLimit& limit, Now now,
                              const std::string& boot_id) const;

    std::map<std::string, Account> accounts_;
    std::map<std::string, LimiterRow> stored_debts_;
    std::map<std::string, RateLimit> told_limits_;  ///< of every account that a config has ever named, as last told
    bool buckets_full_ = false;                     ///< nothing was ever sent, or the last stop was clean
    Agenda<BootTime> permits_at_;
    std::set<std::string> marked_, marked_later_;
};

}  // namespace taktd
