// SPDX-License-Identifier: Apache-2.0
// Every request that came, and the highest number of them within any one second. It outlives the daemon's crashes:
// simcloud lives on.
#pragma once

#include <deque>

#include "daemon/core/base/time.hpp"
#include "providers/provider.hpp"

namespace taktd::simcloud {

struct Entry {
    WallTime at;
    TwinCall call;
    int status = 0;       ///< of the answer; 0: none was sent
    std::string fault;    ///< empty: none
    bool reached = true;  ///< whether the twin saw it
};

class Journal {
public:
    static constexpr std::size_t kEntriesMax = 200'000;  ///< the oldest go first; counts go on

    void add(Entry entry);
    const std::deque<Entry>& entries() const { return entries_; }
    std::size_t count() const { return count_; }
    std::size_t peak_per_second() const { return peak_; }

private:
    std::deque<Entry> entries_;
    std::deque<WallTime> last_second_;
    std::size_t count_ = 0, peak_ = 0;
};

}  // namespace taktd::simcloud
