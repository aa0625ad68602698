// SPDX-License-Identifier: Apache-2.0
// stop-all --offline, discharge, hold, release and salvage as functions over real stores: what they refuse, and what
// needs no network. What they do to vendors is in tests/integration/test_offline.py.
#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <sys/stat.h>

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
using testing::run_id;
using testing::StoreDirectory;
using enum RunState;

/// Its runs are due for ever in the past or far in the future; nobody set its secrets.
class LastResort : public ::testing::Test {
protected:
    void write(const std::vector<RunState>& states, Duration stop_from_now, int n = 1) {
        auto rows = testing::history(n, "load", states);
        RunRow& run = std::get<RunRow>(rows.front());
        run.start_due = now() - std::chrono::hours{2};
        run.stop_due = now() + stop_from_now;
        run.max_end = run.stop_due;
        run.updated = now();
        // A wall clock behind what the store knows would make the run due.
        for (auto& row : rows) {
            if (auto* transition = std::get_if<TransitionRow>(&row)) transition->at = run.start_due;
        }
        testing::write_rows(directory_.path(), rows);
    }
    static WallTime now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

    Answer ask_stop_all(StopAllOptions command) { return stop_all(options_, command, context_); }
    Answer ask_discharge(const std::string& run, const std::string& reason = "seen ended in the console") {
        return discharge(options_, {run, reason}, context_);
    }
    std::string state_of(int n) {
        return ask_sql(directory_.path(), "SELECT state, obligation FROM runs WHERE id = '" + run_id(n).text() + "'");
    }

    StoreDirectory directory_;
    LastResort() { options_.db = directory_.path(); }

    Options options_;
    Context context_{.now = now(), .zone = Zone::utc(), .colour = false};
};

TEST_F(LastResort, StopAll_WantsToBeToldThatTheDaemonIsDown) {
    EXPECT_EQ(ask_stop_all({}).exit_code, kUsage);
    EXPECT_THAT(ask_stop_all({.due = true}).err, HasSubstr("--offline"));
    EXPECT_EQ(ask_stop_all({.offline = true, .timeout = "soon"}).exit_code, kUsage);
}

TEST_F(LastResort, StopAll_WithoutAStore_MakesNone) {
    const auto answer = ask_stop_all({.offline = true});
    EXPECT_EQ(answer.exit_code, kFailed);
    EXPECT_THAT(answer.err, HasSubstr(directory_.path()));
    const auto due = ask_stop_all({.offline = true, .due = true});
    EXPECT_EQ(due.exit_code, kDone) << "no daemon has ever used it";
    EXPECT_THAT(due.err, HasSubstr("there is no store " + directory_.path() + " yet"));
    EXPECT_TRUE(std::filesystem::is_empty(directory_.root())) << "nothing is made";
}

TEST_F(LastResort, StopAll_IntoTheJournal_RepeatsOnlyWhatItsUnitKeepsOut) {
    struct stat status {};
    ASSERT_EQ(::fstat(STDERR_FILENO, &status), 0);
    ::setenv("JOURNAL_STREAM", (std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino)).c_str(), 1);
    const auto due = ask_stop_all({.offline = true, .due = true});
    ::unsetenv("JOURNAL_STREAM");
    EXPECT_TRUE(due.err.starts_with("<7>")) << due.err;
    EXPECT_EQ(due.out, "");
}

TEST_F(LastResort, AnyCommand_AtAPartOfAStore_RefusesIt) {
    const auto make_file = [this](const std::string& end, const std::string& bytes) {
        std::ofstream{directory_.path() + end} << bytes;
    };
    struct Case {
        const char* what;
        std::function<void()> arrange;
        const char* words;
    };
    const std::vector<Case> cases{
        {"an empty store beside its log", [&] { make_file("", ""), make_file("-wal", "frames"); }, "taktctl salvage"},
        {"a log without its store", [&] { make_file("-wal", "frames"); }, "taktctl salvage"},
        {"a directory", [&] { std::filesystem::create_directory(directory_.path()); }, "is a directory"},
        {"a link to nothing", [&] { std::filesystem::create_symlink("/nowhere/t.db", directory_.path()); },
         "leads to nothing"},
        {"a link in a circle", [&] { std::filesystem::create_symlink("taktd.db", directory_.path()); },
         "Too many levels"},
    };
    for (const Case& c : cases) {
        for (const auto& entry : std::filesystem::directory_iterator{directory_.root()})
            std::filesystem::remove_all(entry);
        c.arrange();
        const auto names = [this] {
            std::set<std::string> found;
            for (const auto& entry : std::filesystem::directory_iterator{directory_.root()})
                found.insert(entry.path().filename().string());
            return found;
        };
        const auto before = names();
        for (const Answer& answer :
             {ask_stop_all({.offline = true}), ask_stop_all({.offline = true, .due = true}), ask_discharge("load"),
              hold(options_, {.reason = "x"}, context_), release(options_, {}, context_)}) {
            EXPECT_EQ(answer.exit_code, kFailed) << c.what;
            EXPECT_THAT(answer.err, HasSubstr(c.words)) << c.what;
        }
        EXPECT_EQ(names(), before) << c.what;
    }
}

TEST_F(LastResort, StopAll_WithNothingOwed_SaysSo) {
    write({due, skipped}, std::chrono::hours{-1});
    const auto answer = ask_stop_all({.offline = true});
    EXPECT_EQ(answer.exit_code, kDone) << answer.err;
    EXPECT_EQ(answer.out, "Nothing is owed.\n");
    EXPECT_EQ(ask_sql(directory_.path(), "SELECT value FROM meta WHERE key = 'clean_stop'"), "1") << "as it was";
}

TEST_F(LastResort, StopAllDue_WhileNothingIsDue_OpensNothing) {
    write({due, starting, running}, std::chrono::hours{1});
    std::filesystem::remove(directory_.path() + ".lock");
    const auto before = std::filesystem::last_write_time(directory_.path());
    const auto answer = ask_stop_all({.offline = true, .due = true});
    EXPECT_EQ(answer.exit_code, kDone) << answer.err;
    EXPECT_EQ(answer.out + answer.err, "");
    EXPECT_FALSE(std::filesystem::exists(directory_.path() + ".lock"));
    EXPECT_EQ(std::filesystem::last_write_time(directory_.path()), before);
}

TEST_F(LastResort, StopAll_LeavesTheStoreToALivingDaemon) {
    write({due, starting, running}, std::chrono::hours{-1});
    const auto held = LockFile::acquire(directory_.path());
    const auto answer = ask_stop_all({.offline = true});
    EXPECT_EQ(answer.exit_code, kFailed);
    EXPECT_THAT(answer.err, HasSubstr("in use by another taktd, pid"));
    const auto due = ask_stop_all({.offline = true, .due = true});
    EXPECT_EQ(due.exit_code, kDone);
    EXPECT_EQ(due.out + due.err, "");
    EXPECT_EQ(state_of(1), "running|open");
}

TEST_F(LastResort, StopAll_SaysWhichSecretIsMissing) {
    write({due, starting, running}, std::chrono::hours{-1});
    for (const bool due : {true, false}) {
        const auto answer = ask_stop_all({.offline = true, .due = due});
        EXPECT_EQ(answer.exit_code, kFailed);
        EXPECT_THAT(answer.err, HasSubstr("provider perf"));
        EXPECT_THAT(answer.err, HasSubstr("${env:HUAWEI_ACCESS_KEY}"));
        EXPECT_THAT(answer.out, HasSubstr("0 runs ended, 1 run is still owed a stop"));
        EXPECT_EQ(state_of(1), "running|open");
    }
    options_.json = true;
    const auto shape = json::parse(ask_stop_all({.offline = true}).out).as_object();
    EXPECT_EQ(shape.at("runs").at(0).at("obligation").as_string(), "open");
    EXPECT_EQ(shape.at("problems").as_array().size(), 1U);
    EXPECT_FALSE(shape.at("timed_out").as_bool());
    EXPECT_FALSE(shape.at("interrupted").as_bool());
}

TEST_F(LastResort, StopAll_SaysWhichProviderThisBuildDoesNotKnow) {
    write({due, starting, running}, std::chrono::hours{-1});
    testing::run_sql(directory_.path(), "UPDATE runs SET stop_plan = replace(stop_plan, 'huawei-cpts', 'other-cloud')");
    EXPECT_THAT(ask_stop_all({.offline = true}).err, HasSubstr("no adapter of type other-cloud"));
}

TEST_F(LastResort, StopAll_DoesNotActOnADamagedStore) {
    write({due, starting, running}, std::chrono::hours{-1});
    testing::run_sql(directory_.path(), "UPDATE runs SET stop_plan = 'rubbish'");
    for (const bool due : {true, false}) {
        const auto answer = ask_stop_all({.offline = true, .due = due});
        EXPECT_EQ(answer.exit_code, kFailed);
        EXPECT_THAT(answer.err, HasSubstr("damaged"));
    }
}

TEST_F(LastResort, Discharge_TakesTheObligationOver) {
    write({due, starting, running}, std::chrono::hours{1}, 1);
    write({due, starting, running, stopping}, std::chrono::hours{-1}, 2);
    write({due, starting}, std::chrono::hours{1}, 3);
    write({due, starting, running}, std::chrono::hours{-1}, 4);
    for (int n = 1; n <= 3; ++n) {
        const auto answer = ask_discharge(run_id(n).text().substr(28));
        EXPECT_EQ(answer.exit_code, kDone) << answer.err;
        EXPECT_THAT(answer.out, HasSubstr("is discharged"));
        EXPECT_EQ(state_of(n), "failed|discharged");
        EXPECT_EQ(ask_sql(directory_.path(),
                          "SELECT reason, detail, actor <> '' AND actor <> 'taktd' FROM transitions WHERE run_id = '" +
                              run_id(n).text() + "' ORDER BY seq DESC LIMIT 1"),
                  R"(discharged|{"note":"seen ended in the console"}|1)");
    }
    EXPECT_EQ(state_of(4), "running|open") << "the others are not even looked at";
    EXPECT_EQ(ask_sql(directory_.path(), "SELECT value FROM meta WHERE key = 'clean_stop'"), "1");
    EXPECT_EQ(ask_sql(directory_.path(), "SELECT count(*) FROM calls WHERE sent_ns IS NOT NULL"), "0");
    Reader reader = testing::open_reader(directory_.path());
    for (const auto& v : verify(reader))
        ADD_FAILURE() << v.rule << " " << (v.run ? v.run->text() : "") << " " << v.text;
}

TEST_F(LastResort, Discharge_WithoutAReasonOrAnOwedStop_IsRefused) {
    write({due, starting, running}, std::chrono::hours{1}, 1);
    write({due, starting, running, stopping, stopped}, std::chrono::hours{-1}, 2);
    write({due}, std::chrono::hours{1}, 3);
    EXPECT_EQ(ask_discharge(run_id(1).text(), " \t").exit_code, kUsage);
    EXPECT_EQ(ask_discharge("nobody").exit_code, kFailed);
    EXPECT_EQ(ask_discharge("load@then").exit_code, kUsage);
    for (const int n : {2, 3}) {
        const auto answer = ask_discharge(run_id(n).text());
        EXPECT_EQ(answer.exit_code, kFailed);
        EXPECT_THAT(answer.err, HasSubstr("owes no stop"));
    }
    const auto held = LockFile::acquire(directory_.path());
    const auto answer = ask_discharge(run_id(1).text());
    EXPECT_EQ(answer.exit_code, kUnreachable);
    EXPECT_THAT(answer.err, HasSubstr("stop it first"));
    EXPECT_EQ(state_of(1), "running|open");
}

TEST_F(LastResort, Discharge_InJson_IsTheRun) {
    write({due, starting, running}, std::chrono::hours{1});
    options_.json = true;
    const auto run = json::parse(ask_discharge("load").out).at("runs").at(0).as_object();
    EXPECT_EQ(run.at("state").as_string(), "failed");
    EXPECT_EQ(run.at("reason").as_string(), "discharged");
}

TEST_F(LastResort, Salvage_TellsWhatItDid) {
    write({due, starting, running}, std::chrono::hours{1});
    testing::run_sql(directory_.path(), "DELETE FROM transitions WHERE seq = 2");
    const std::string to = directory_.path("new.db");
    const auto answer = salvage(options_, {to}, context_);
    EXPECT_EQ(answer.exit_code, kDone) << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("repaired  run " + run_id(1).text()));
    EXPECT_THAT(answer.out, HasSubstr("1 run is owed a stop"));
    EXPECT_THAT(answer.out, HasSubstr("A hold on everything is engaged."));
    EXPECT_EQ(salvage(options_, {to}, context_).exit_code, kFailed) << "it exists now";
    options_.json = true;
    const auto shape = json::parse(salvage(options_, {directory_.path("newer.db")}, context_).out).as_object();
    EXPECT_EQ(shape.at("copied").at("runs").as_int64(), 1);
    EXPECT_EQ(shape.at("repaired").as_array().size(), 1U);
    EXPECT_EQ(shape.at("owed").as_int64(), 1);
    EXPECT_TRUE(shape.at("lost").as_array().empty());
}

TEST_F(LastResort, Holds_AreEngagedAndReleased) {
    write({due, starting, running}, std::chrono::hours{1});
    auto answer = hold(options_, {.reason = "restored from a backup"}, context_);
    EXPECT_EQ(answer.exit_code, kDone) << answer.err;
    EXPECT_THAT(answer.out, HasSubstr("A hold on everything is engaged, by "));
    EXPECT_THAT(answer.out, HasSubstr(": restored from a backup\n"));
    EXPECT_EQ(ask_sql(directory_.path(), "SELECT reason, actor <> '', until_ns IS NULL FROM holds WHERE scope = ''"),
              "restored from a backup|1|1");
    EXPECT_EQ(state_of(1), "running|open") << "stops are owed as before";
    EXPECT_EQ(release(options_, {.job = "load"}, context_).exit_code, kFailed) << "that one is not engaged";

    options_.json = true;
    answer = hold(options_, {.length = "2h", .reason = "till noon"}, context_);
    const auto held = json::parse(answer.out).at("holds").at(0).as_object();
    EXPECT_EQ(held.at("scope").as_string(), "");
    EXPECT_EQ(held.at("until").as_string(), to_rfc3339(context_.now + std::chrono::hours{2})) << "the newer one counts";
    EXPECT_TRUE(json::parse(release(options_, {}, context_).out).at("holds").as_array().empty());
    options_.json = false;
    hold(options_, {.length = "1h", .reason = "till noon"}, context_);
    context_.now += std::chrono::hours{1};
    EXPECT_EQ(release(options_, {}, context_).out, "No hold is engaged.\n");
    answer = release(options_, {}, context_);
    EXPECT_EQ(answer.exit_code, kFailed);
    EXPECT_THAT(answer.err, HasSubstr("no hold on everything is engaged"));
}

TEST_F(LastResort, Hold_NamesWhatTheConfigHas) {
    write({due, starting, running}, std::chrono::hours{1});
    options_.config = directory_.path("taktd.yaml");
    EXPECT_THAT(hold(options_, {.job = "load", .reason = "x"}, context_).err, HasSubstr("needs no config"));
    std::ofstream{options_.config}
        << "version: 1\n"
           "providers:\n"
           "  perf: {type: huawei-cpts, region: r1, project_id: 0123456789abcdef0123456789abcdef,\n"
           "         credentials: {access_key: '${env:A}', secret_key: '${env:B}'}}\n"
           "jobs:\n"
           "  load: {provider: perf, task: {test_suite_id: 1, task_id: 2}, start: manual, stop: {after: 5m}}\n";
    const auto answer = hold(options_, {.job = "laod", .reason = "x"}, context_);
    EXPECT_EQ(answer.exit_code, kFailed);
    EXPECT_THAT(answer.err, HasSubstr("there is no job 'laod'"));
    EXPECT_EQ(hold(options_, {.provider = "pref", .reason = "x"}, context_).exit_code, kFailed);
    EXPECT_EQ(ask_sql(directory_.path(), "SELECT count(*) FROM holds"), "0");
    EXPECT_EQ(hold(options_, {.job = "load", .reason = "x"}, context_).exit_code, kDone);
    EXPECT_EQ(hold(options_, {.provider = "perf", .reason = "y"}, context_).exit_code, kDone);
    EXPECT_EQ(ask_sql(directory_.path(), "SELECT group_concat(scope) FROM holds"), "job:load,provider:perf");
}

TEST_F(LastResort, Hold_WithoutAStoreOrWithBadArguments_IsRefused) {
    EXPECT_EQ(hold(options_, {.reason = "x"}, context_).exit_code, kFailed) << "there is no store";
    EXPECT_TRUE(std::filesystem::is_empty(directory_.root())) << "nothing is made";
    write({due, starting, running}, std::chrono::hours{1});
    EXPECT_EQ(hold(options_, {.reason = " "}, context_).exit_code, kUsage);
    EXPECT_EQ(hold(options_, {.length = "soon", .reason = "x"}, context_).exit_code, kUsage);
    EXPECT_EQ(hold(options_, {.until = "-2h", .reason = "x"}, context_).exit_code, kUsage) << "it is over";
    const auto lock = LockFile::acquire(directory_.path());
    const auto answer = hold(options_, {.reason = "x"}, context_);
    EXPECT_EQ(answer.exit_code, kUnreachable);
    EXPECT_THAT(answer.err, HasSubstr("stop it first"));
    EXPECT_EQ(ask_sql(directory_.path(), "SELECT count(*) FROM holds"), "0");
}

}  // namespace
}  // namespace taktd::ctl
