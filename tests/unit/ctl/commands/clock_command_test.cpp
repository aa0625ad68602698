// SPDX-License-Identifier: Apache-2.0
// `taktctl clock` over real stores, and what the other commands say of a store that is ahead of the clock.
#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/store/sqlite/lock_file.hpp"
#include "daemon/store/verify/verify.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd::ctl {
namespace {

namespace json = boost::json;
using testing::ask_sql;
using ::testing::HasSubstr;
using testing::StoreDirectory;
using enum RunState;

class ClockCommand : public ::testing::Test {
protected:
    ClockCommand() { options_.db = directory_.path(); }

    /// A run of `load` that was stopped so far from now.
    void write(Duration from_now, const std::vector<RunState>& states = {due, starting, running, stopping, stopped}) {
        auto rows = testing::history(1, "load", states);
        const WallTime start = now() + from_now;
        for (Row& row : rows) {
            if (auto* run = std::get_if<RunRow>(&row)) {
                run->occurrence = run->start_due = run->updated = start;
                run->stop_due = start + std::chrono::minutes{30};
                run->max_end = run->stop_due;
            }
            if (auto* move = std::get_if<TransitionRow>(&row)) move->at = start;
            if (auto* job = std::get_if<JobStateRow>(&row)) job->watermark = start;
        }
        testing::write_rows(directory_.path(), rows);
    }
    static WallTime now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }
    Answer ask(const std::string& reason = "") { return clock(options_, {reason}, context_); }
    Answer ask_json(const std::string& reason = "") {
        options_.json = true;
        Answer answer = ask(reason);
        options_.json = false;
        return answer;
    }
    WallTime newest() { return testing::open_reader(directory_.path()).newest(); }

    static constexpr Duration kTenYears = std::chrono::hours{24 * 3653};
    StoreDirectory directory_;
    Options options_;
    Context context_{.now = now(), .zone = Zone::utc(), .colour = false};
};

TEST_F(ClockCommand, WithoutAReason_ShowsWhatLiesAheadAndChangesNothing) {
    write(kTenYears);
    const WallTime before = newest();
    const auto answer = ask();
    EXPECT_EQ(answer.exit_code, kDone) << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("1 job's schedule counts from now on: load"));
    EXPECT_THAT(answer.out, HasSubstr("--reason"));
    EXPECT_EQ(newest(), before);
    const auto report = json::parse(ask_json().out).as_object();
    EXPECT_TRUE(report.at("ahead").as_bool());
    EXPECT_FALSE(report.at("done").as_bool());
    EXPECT_EQ(report.at("runs_ahead").as_int64(), 1);
    EXPECT_EQ(report.at("jobs").as_array().at(0).as_object().at("job").as_string(), "load");
}

TEST_F(ClockCommand, WithAReason_TakesTheTimeBack) {
    write(kTenYears);
    const auto answer = ask("dead battery");
    EXPECT_EQ(answer.exit_code, kDone) << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("The time is taken back"));
    EXPECT_LE(newest(), now());
    EXPECT_EQ(ask_sql(directory_.path(), "SELECT reason, actor <> '' FROM clock_corrections"), "dead battery|1");
    EXPECT_EQ(ask_sql(directory_.path(), "SELECT value FROM meta WHERE key = 'clean_stop'"), "1") << "as it was";
    EXPECT_TRUE([&] {
        auto reader = testing::open_reader(directory_.path());
        return verify(reader).empty();
    }());
    context_.now = now();
    EXPECT_THAT(ask("again").out, HasSubstr("Nothing in the store is ahead of the clock"));
    EXPECT_EQ(ask_sql(directory_.path(), "SELECT count(*) FROM clock_corrections"), "1");
}

TEST_F(ClockCommand, ADebtOfACleanStop_DoesNotBringTheWrongTimeBack) {
    write(kTenYears);
    {
        auto store = testing::open_store(directory_.path());
        store->start({});
        ASSERT_TRUE(store->close_clean({{"account", std::chrono::seconds{1}, std::chrono::seconds{1},
                                         BootTime{std::chrono::hours{1}}, now() + kTenYears, "boot-1"}},
                                       std::chrono::seconds{30}));
    }
    EXPECT_EQ(ask("dead battery").exit_code, kDone);
    EXPECT_LE(newest(), now());
}

TEST_F(ClockCommand, WithNothingAhead_SaysSo) {
    write(-std::chrono::hours{1});
    const auto answer = ask("to be sure");
    EXPECT_EQ(answer.exit_code, kDone);
    EXPECT_THAT(answer.out, HasSubstr("Nothing in the store is ahead"));
    EXPECT_EQ(ask_sql(directory_.path(), "SELECT count(*) FROM clock_corrections"), "0");
}

TEST_F(ClockCommand, AReasonOfBlanks_OrAClockThatIsNotSet_IsRefused) {
    write(kTenYears);
    EXPECT_EQ(ask("  ").exit_code, kUsage);
    context_.now = WallTime{std::chrono::hours{1}};
    const auto answer = ask("x");
    EXPECT_EQ(answer.exit_code, kFailed);
    EXPECT_THAT(answer.err, HasSubstr("set it right first"));
}

TEST_F(ClockCommand, WhileADaemonHoldsTheStore_OnlyShows) {
    write(kTenYears);
    const auto lock = LockFile::acquire(directory_.path());
    ASSERT_TRUE(lock);
    EXPECT_EQ(ask().exit_code, kDone);
    EXPECT_NE(ask("dead battery").exit_code, kDone);
    EXPECT_GT(newest(), now());
}

TEST_F(ClockCommand, OtherCommands_NameTheCause) {
    write(kTenYears);
    for (const auto& answer : {runs(options_, {}, context_), why(options_, {.job = "load", .time = ""}, context_)}) {
        EXPECT_EQ(answer.exit_code, kDone) << answer.err;
        EXPECT_THAT(answer.err, HasSubstr("nothing starts before"));
        EXPECT_THAT(answer.err, HasSubstr("taktctl clock --db " + directory_.path()));
    }
    ASSERT_EQ(ask("dead battery").exit_code, kDone);
    context_.now = now();
    EXPECT_EQ(runs(options_, {}, context_).err, "");
}

}  // namespace
}  // namespace taktd::ctl
