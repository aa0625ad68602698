// Stores that an engine has filled, for the tests of `taktctl why`.
#pragma once

#include <string>
#include <vector>

#include "daemon/ctl/commands.hpp"
#include "tests/support/engine_bench.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd::ctl {

/// Everything that the bench's engine has had written down.
inline std::vector<Row> rows_of(const test::EngineBench& bench) {
    std::vector<Row> rows;
    for (const auto& id : bench.order) rows.emplace_back(bench.runs.at(id));
    for (const auto& transition : bench.transitions) rows.emplace_back(transition);
    for (const auto& [id, call] : bench.calls) rows.emplace_back(call);
    for (const auto& [name, state] : bench.job_states) rows.emplace_back(state);
    for (const auto& gap : bench.gaps) rows.emplace_back(gap);
    return rows;
}

}  // namespace taktd::ctl
