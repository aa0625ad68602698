// SPDX-License-Identifier: Apache-2.0
// For any due occurrence in a store `taktctl why` names the rule and the facts; and there are as many dispositions as
// occurrences, counted by a walk of one's own. The stores are made by engines that live through random troubles.
#include <boost/json.hpp>

#include "daemon/core/base/random.hpp"
#include "tests/support/chance.hpp"
#include "tests/unit/ctl/commands/why_support.hpp"

namespace taktd::ctl {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using test::Chance;
using test::EngineBench;

struct Life {
    EngineBench bench;
    std::map<std::string, Duration> periods;  ///< every job starts at whole multiples of it
};

void be_down(EngineBench& bench, Duration down) {
    bench.now.wall += down;
    bench.now.boot += down;
    bench.crash();
    bench.load();
}

void trouble(EngineBench& bench, Chance& chance) {
    Command command;
    command.actor = "ann";
    HoldRow hold;
    switch (chance.below(9)) {
        case 0:
            hold.reason = "freeze";
            hold.until = bench.now.wall + chance.between(1min, 20min);
            command.body = SetHold{hold};
            return bench.event(command);
        case 1:
            command.body = SetDisabled{bench.jobs.front().name, true, bench.now.wall + 20min, "not now"};
            return bench.event(command);
        case 2:
            if (bench.order.empty()) return;
            command.body = StopRun{bench.order.back(), "enough"};
            return bench.event(command);
        case 3: return be_down(bench, chance.between(1s, 10min));
        case 4: {
            auto& task = bench.tasks[std::to_string(chance.below(4))];
            task.state = activity_of(task.state) == Activity::active ? RemoteState::stopped : RemoteState::running;
            ++task.runs;
            return;
        }
        case 5: command.body = StartJob{bench.jobs.back().name, 5min, ""}; return bench.event(command);
        default: return;
    }
}

void live(Life& life, std::uint64_t seed) {
    Chance chance{seed};
    EngineBench& bench = life.bench;
    for (int n = 0; n < 4; ++n) {
        const Duration period = std::chrono::minutes{1 + 5 * n};
        Job job =
            test::make_job("job-" + std::to_string(n), "", chance.between(30s, 20min), std::to_string(chance.below(4)));
        job.schedule.rules = {EveryRule{period, {}, WallTime{}, Zone::utc()}};
        job.overlap = static_cast<Overlap>(chance.below(3));
        job.misfire = chance.one_in(2) ? Misfire::skip : Misfire::run_late;
        life.periods[job.name] = period;
        bench.jobs.push_back(std::move(job));
    }
    bench.vendor = [&bench, chance](const Send& send) mutable {
        const Outcome troubles[] = {Outcome::uncertain, Outcome::refused_final, Outcome::refused_retryable,
                                    Outcome::throttled, Outcome::conflict,      Outcome::not_sent};
        if (chance.one_in(8)) return test::refused(troubles[chance.below(6)]);
        return bench.obey(send);
    };
    bench.load();
    for (int n = 0; n < 24; ++n) {
        bench.advance(chance.between(1s, 30min));
        trouble(bench, chance);
        if (n == 10) be_down(bench, 2h);
    }
}

TEST(Why, EveryOccurrence_NamesItsRuleAndTheFacts) {
    std::map<std::string, int> seen;
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
        Life life;
        live(life, seed);
        testing::StoreDirectory directory;
        testing::write_rows(directory.path(), rows_of(life.bench));
        Options options;
        options.db = directory.path();
        options.json = true;
        const Context context{.now = life.bench.now.wall, .zone = Zone::utc()};
        std::size_t occurrences = 0;
        std::int64_t counted = 0;
        for (const auto& [job, period] : life.periods) {
            const WallTime watermark = life.bench.job_states.at(job).watermark;
            for (WallTime at = test::kMidnight + period - test::kMidnight.time_since_epoch() % period; at <= watermark;
                 at += period) {
                ++occurrences;
                const std::string where = "seed " + std::to_string(seed) + ": " + job + " at " + to_rfc3339(at);
                const Answer answer = why(options, {job, to_rfc3339(at)}, context);
                ASSERT_EQ(answer.exit_code, kDone) << where << answer.err;
                const json::object told = json::parse(answer.out).at("why").as_object();
                const std::string disposition{told.at("disposition").as_string()};
                const std::string reason =
                    told.at("reason").is_null() ? "" : std::string{told.at("reason").as_string()};
                ++seen[disposition + ":" + reason];
                ASSERT_EQ(told.at("occurrence").as_string(), to_rfc3339(at)) << where;
                const auto& rules = told.at("rules").as_array();
                const auto decided =
                    std::ranges::count_if(rules, [](const json::value& rule) { return rule.at("decided").as_bool(); });
                if (disposition == "counted") {
                    ++counted;
                    EXPECT_GT(told.at("gap").at("count").as_int64(), 0) << where;
                } else if (disposition == "started") {
                    EXPECT_FALSE(rules.empty()) << where << answer.out;
                    EXPECT_EQ(decided, 0) << where << answer.out;
                } else if (disposition == "due") {
                    EXPECT_TRUE(told.at("run").at("obligation").as_string() == "none") << where;
                } else {
                    ASSERT_TRUE(disposition == "skipped" || disposition == "failed" || disposition == "cancelled")
                        << where << answer.out;
                    EXPECT_FALSE(reason.empty()) << where << answer.out;
                    EXPECT_FALSE(told.at("because").is_null()) << where << answer.out;
                    EXPECT_EQ(decided, disposition == "cancelled" ? decided : 1) << where << answer.out;
                    for (const auto& rule : rules) EXPECT_FALSE(rule.at("facts").as_string().empty()) << where;
                }
            }
        }
        std::int64_t dispositions = 0, in_gaps = 0;
        for (const auto& [id, run] : life.bench.runs) dispositions += run.occurrence ? 1 : 0;
        for (const auto& gap : life.bench.gaps) in_gaps += gap.count;
        EXPECT_EQ(static_cast<std::int64_t>(occurrences), dispositions + in_gaps) << "seed " << seed;
        EXPECT_EQ(counted, in_gaps) << "seed " << seed;
    }
    for (const char* kind : {"started:schedule", "skipped:overlap", "skipped:hold", "skipped:misfire", "failed:refused",
                             "counted:misfire", "skipped:task_busy"})
        EXPECT_GT(seen[kind], 0) << kind;
    if (std::getenv("TAKTD_SHOW") != nullptr) {
        for (const auto& [kind, count] : seen) std::printf("%6d %s\n", count, kind.c_str());
    }
}

}  // namespace
}  // namespace taktd::ctl
