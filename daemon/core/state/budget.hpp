// SPDX-License-Identifier: Apache-2.0
// How much one step may do. What is left over waits for the next step, between which stops go out.
#pragma once

#include <algorithm>
#include <cstddef>

namespace taktd {

/// Runs and occurrences that are looked at in one step, and intents that are written, each.
inline constexpr std::size_t kDueItemsPerStep = 256;

/// How much of what a new config or a long downtime brings is done in one step.
struct SliceSizes {
    std::size_t jobs = 512;           ///< brought up to a config
    std::size_t occurrences = 16384;  ///< that were missed, looked at one by one
};

class Budget {
public:
    explicit Budget(SliceSizes slices) : slices_{slices} {}

    void begin_step() { due_ = admissions_ = kDueItemsPerStep, scans_ = slices_.occurrences, more_ = false; }

    /// Runs and occurrences that may still be looked at.
    std::size_t due() const { return due_; }
    void spend_due() { due_ -= std::min<std::size_t>(due_, 1); }
    std::size_t admissions() const { return admissions_; }
    void spend_admission() { --admissions_; }
    /// Missed occurrences, likewise.
    std::size_t scans() const { return scans_; }
    void spend_scan() { --scans_; }
    std::size_t jobs() const { return slices_.jobs; }

    /// Something was left over: the next step comes at once.
    void leave_over() { more_ = true; }
    bool has_left_over() const { return more_; }

private:
    SliceSizes slices_;
    std::size_t due_ = 0, admissions_ = 0, scans_ = 0;
    bool more_ = false;
};

}  // namespace taktd
