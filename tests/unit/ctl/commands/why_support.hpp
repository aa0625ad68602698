// SPDX-License-Identifier: Apache-2.0
// Stores that an engine has filled, for the tests of `taktctl why`.
#pragma once

#include <string>
#include <vector>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/zones/zone_loader.hpp"
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

/// Asks `taktctl why` of what a bench has lived through.
class WhyCommand : public ::testing::Test {
protected:
    Answer ask(const test::EngineBench& bench, const std::string& job, const std::string& time, bool json = false) {
        testing::write_rows(directory_.path(), rows_of(bench));
        return ask_again(bench.now.wall, job, time, json);
    }
    Answer ask_again(WallTime now, const std::string& job, const std::string& time, bool json = false) {
        options_.db = directory_.path();
        options_.json = json;
        return why(options_, {job, time}, {.now = now, .zone = load_zone("Asia/Shanghai"), .colour = false});
    }
    static std::string without_ids(const test::EngineBench& bench, std::string text) {
        for (const auto& run : bench.order) {
            const std::string id = run.text();
            for (const auto& name : {id, id.substr(id.size() - 8)}) {
                for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name))
                    text.replace(at, name.size(), "RUN");
            }
        }
        return text;
    }

    testing::StoreDirectory directory_;
    Options options_;
};

/// A job called `load`, at two each night for half an hour.
inline void nightly(test::EngineBench& bench) {
    bench.jobs = {test::make_job("load", "0 0 2 * * *", std::chrono::minutes{30})};
    bench.load();
}

inline void hold(test::EngineBench& bench, const std::string& scope, const std::string& reason) {
    Command command;
    command.actor = "ann";
    HoldRow row;
    row.scope = scope;
    row.reason = reason;
    command.body = SetHold{row};
    bench.event(command);
}

}  // namespace taktd::ctl
