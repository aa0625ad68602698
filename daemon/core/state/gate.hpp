// SPDX-License-Identifier: Apache-2.0
// Whether anything may start at all, and the holds that keep single jobs from it. Nothing here ever keeps a stop back.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/model/rows.hpp"

namespace taktd {

class Gate {
public:
    void lose_store() { store_up_ = false; }
    void regain_store() { store_up_ = true; }
    /// What a check of the whole store has found.
    void judge_store(bool is_damaged) { store_damaged_ = is_damaged || lacks_rows_; }
    /// Rows could not be read: no check of the rest makes up for them.
    void miss_rows() { lacks_rows_ = store_damaged_ = true; }
    void drain() { draining_ = true; }
    /// A wall clock behind this is not trusted with starts.
    void trust_clock_from(WallTime when) { clock_trusted_from_ = when; }

    bool is_draining() const { return draining_; }
    bool is_store_up() const { return store_up_; }
    bool is_store_damaged() const { return store_damaged_; }
    bool accepts_starts(WallTime now) const;
    /// Why it accepts none, for an operator.
    const char* objection() const;
    /// It accepts starts and did not in the step before; to be asked once in each step.
    bool has_opened(WallTime now);
    /// When the clock will be trusted; nothing: it is.
    std::optional<WallTime> opens_at(WallTime now) const;

    /// `hold.engaged`: in force; else taken back.
    void set(const HoldRow& hold);
    /// Those whose time is over; they are forgotten.
    std::vector<HoldRow> take_expired(WallTime now);
    /// When the next one expires.
    std::optional<WallTime> next_expiry() const;
    /// A hold was engaged and neither released nor taken as expired.
    bool is_held(const std::string& scope) const { return holds_.contains(scope); }
    /// The hold that keeps this job from starting; null: none.
    const HoldRow* hold_on(const std::string& job, const std::string& provider, WallTime now) const;

private:
    bool store_up_ = true, store_damaged_ = false, lacks_rows_ = false, draining_ = false;
    WallTime clock_trusted_from_{};
    bool accepted_ = false;  ///< when it was last asked
    std::map<std::string, HoldRow> holds_;
};

}  // namespace taktd
