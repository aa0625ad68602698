// SPDX-License-Identifier: Apache-2.0
// Which rows of looks (query calls) stay in the store. A look that changed something, failed or showed something new is
// kept; one that only confirms what was known takes the place of the one before, so that the newest of each run is
// always there and hours of polls leave one row. Every row that goes is named in the row that takes its place.
#pragma once

#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "daemon/core/model/model.hpp"

namespace taktd {

class LookRows {
public:
    /// So many rows of one subject are kept in an hour for what they show; an outage must not fill the disk. Those by
    /// which something changed do not count.
    static constexpr int kKeptPerHour = 20;

    using Subject = std::variant<RunId, std::string>;  ///< a run, or a task and what it is looked at for

    /// What a look showed of a subject.
    struct Sight {
        Subject subject;
        Observation seen;
    };
    struct Look {
        CallId row;
        Outcome outcome = Outcome::uncertain;
        bool changed_something = false;
        BootTime at;
    };

    /// The rows that `look` makes superfluous; each is named once, and never one by which something changed.
    std::vector<CallId> take(const Look& look, std::span<const Sight> sights);
    /// Nothing more comes of this subject: its newest row stays for good.
    void forget(const Subject& subject);

private:
    struct Newest {
        CallId row;
        Outcome outcome = Outcome::uncertain;
        Observation seen;
        BootTime hour{};  ///< in which `kept` were kept
        int kept = 0;
    };

    bool is_worth_keeping(const Look& look, std::span<const Sight> sights) const;

    std::map<Subject, Newest> newest_;
    std::map<CallId, std::size_t> routine_;  ///< rows that may go, and of how many subjects they are the newest
};

}  // namespace taktd
