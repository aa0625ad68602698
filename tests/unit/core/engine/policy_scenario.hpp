// SPDX-License-Identifier: Apache-2.0
// One situation of the policies' table, lived through: the real engine on the bench, an earlier run or two, a gate that
// closes, a vendor that shows what the situation says, and what became of the occurrence.
#pragma once

#include "daemon/core/rules/policies.hpp"
#include "tests/support/engine_bench.hpp"
#include "tests/unit/core/engine/policy_table.hpp"

namespace taktd::test {

/// What a word of the table leaves open.
struct Variant {
    Misfire misfire = Misfire::skip;
    Overlap overlap = Overlap::skip;
};
std::vector<Variant> variants_of(const Situation& situation);

class PolicyScenario {
public:
    PolicyScenario(const Situation& situation, Variant variant);

    /// "started", "skipped: hold", or what else it came to.
    std::string outcome();
    /// Whether the facts that were stored with a skip lead to that skip.
    bool is_explained() const;
    /// Runs of the occurrence itself; exactly one disposition means 1.
    std::size_t dispositions() const;
    std::string trace() const;

private:
    bool is(std::size_t column, std::string_view word) const {
        return situation_[column].find(word) != std::string::npos;
    }
    std::size_t earlier_runs() const;
    void configure(Overlap overlap);
    void start_earlier_runs();
    void close_gate();
    void come_due();
    void end_earlier_run();
    CallResult answer(const Send& send);
    CallResult look(const std::string& task_id) const;
    const RunRow* subject() const;

    Situation situation_;
    Variant variant_;
    EngineBench bench_;
    bool is_set_up_ = false;  ///< from then on the vendor shows what the situation says
    bool is_stuck_ = false;   ///< a stop is accepted, and the task goes on stopping
    bool is_closed_ = false;  ///< our credentials are refused
};

}  // namespace taktd::test
