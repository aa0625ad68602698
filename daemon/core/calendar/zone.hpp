// SPDX-License-Identifier: Apache-2.0
// A time zone as a plain table, so that the core stays pure: the shell reads the IANA data (daemon/zones/zone_loader)
// and the core only looks up offsets.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/core/base/time.hpp"

namespace taktd {

/// Local wall-clock time without a zone, whole seconds.
using LocalTime = std::chrono::local_time<std::chrono::seconds>;

/// What a local time means in a zone.
struct LocalMeaning {
    enum class Kind : std::uint8_t { unique, gap, fold } kind = Kind::unique;
    WallTime first;   ///< the instant; in a fold the earlier one; in a gap the first instant after it
    WallTime second;  ///< in a fold the later instant; else equal to first
};

class Zone {
public:
    /// From `at` on the local time is UTC + `offset`.
    struct Change {
        WallTime at;
        std::chrono::seconds offset;
    };

    /// A stretch of constant offset, [begin, end); the ends of the table are WallTime::min() and max().
    struct Span {
        WallTime begin, end;
        std::chrono::seconds offset;
    };

    /// `initial` holds before the first change; `changes` are sorted by instant and lie on whole seconds.
    Zone(std::string name, std::chrono::seconds initial, std::vector<Change> changes);

    static std::shared_ptr<const Zone> utc();

    const std::string& name() const { return name_; }
    std::chrono::seconds offset_at(WallTime t) const;
    Span span_at(WallTime t) const;
    LocalTime to_local(WallTime t) const;  ///< floors to whole seconds
    LocalMeaning meaning_of(LocalTime local) const;
    /// The first local time that no clock of the zone has shown up to and including `t`, as far as the last change can
    /// tell: in the second pass of a fold it is the fold's end.
    LocalTime first_unseen(WallTime t) const;
    /// Instants in (after, until] at which the offset changes.
    std::vector<Change> changes_between(WallTime after, WallTime until) const;

private:
    Span span(std::size_t index) const;  ///< 0: before the first change; n: from change n - 1 on
    std::size_t index_at(WallTime t) const;

    std::string name_;
    std::chrono::seconds initial_;
    std::vector<Change> changes_;
};

using ZonePtr = std::shared_ptr<const Zone>;

}  // namespace taktd
