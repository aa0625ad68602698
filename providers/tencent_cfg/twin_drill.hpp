// SPDX-License-Identifier: Apache-2.0
// The actions of one drill behind the stand-in: faults and the recoveries that undo them, as the pages tell of them.
// The ground truth of what is still in place: an end (1004) undoes nothing, recovery actions do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "providers/provider.hpp"

namespace taktd::tencent_cfg_twin {

/// One line of TaskGroupActions, in the vendor's numbers.
struct DrillAction {
    std::int64_t id = 0, random_id = 0;
    std::int64_t partner = 0;    ///< random id of a fault's recovery, of a recovery's fault
    std::int64_t attribute = 1;  ///< 1 fault, 2 recovery
    std::int64_t status = 2001;  ///< 2001 not started, 2002 to be executed, 2003 executing, 2004 ended
    std::int64_t type = 0;       ///< 0 none, 1 success, 2 failure, 3 terminated, 4 skipped
    std::string title;
};

class Drill {
public:
    /// As it stands before a start.
    void define(const TwinTask& definition);

    /// It begins. Automatic: its faults are injected. Manual: its first action waits for a person.
    void begin(bool is_automatic);
    /// The guard rail runs what recoveries are pending; they end at the returned instant.
    WallTime roll_back(WallTime now);
    void finish_recoveries();
    /// An automatic drill comes to its own end: its recoveries run. False: one fails, and the drill waits for a person.
    bool recover_at_end();
    /// It is ended from outside: what is being executed is terminated, and faults stay where they are.
    void terminate();

    bool is_recovering() const;
    bool turned_manual() const { return turned_manual_; }
    /// Titles of the faults that are in place.
    std::string residue() const;
    const std::vector<DrillAction>& actions() const { return actions_; }

private:
    bool is_in_place(const DrillAction& fault) const;

    std::vector<DrillAction> actions_;
    Duration recovery_takes_{};
    bool recovery_fails_ = false, last_fault_fails_ = false, turned_manual_ = false;
};

}  // namespace taktd::tencent_cfg_twin
