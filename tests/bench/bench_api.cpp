// SPDX-License-Identifier: Apache-2.0
// What the API costs: each kind of page and a single run, asked of the daemon with many jobs and many finished runs in
// its store; and how late starts are while clients ask without pause and subscribers listen, against the same daemon
// with nobody asking.
// usage: bench_api [JOBS] [FINISHED RUNS] [SECONDS]
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sys/wait.h>
#include <thread>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/bench/asking.hpp"
#include "tests/bench/figures.hpp"
#include "tests/bench/scene.hpp"
#include "tests/bench/vendor.hpp"

namespace taktd::bench {
namespace {

constexpr std::size_t kStartsPerSecond = 100;
constexpr std::size_t kClients = 8, kSubscribers = 100;
constexpr int kTimesEach = 30;

struct Size {
    std::size_t jobs = 0, finished = 0, seconds = 0;
};

/// The daemon's program, killed at the end.
class Daemon {
public:
    /// Returns when it has read its config, or has ended.
    explicit Daemon(const std::string& config) {
        std::array<int, 2> pipe{};
        if (::pipe2(pipe.data(), O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
        process_ = ::fork();
        if (process_ == 0) {
            ::dup2(pipe[1], STDERR_FILENO);
            ::execl(TAKTD_PROGRAM, TAKTD_PROGRAM, "--config", config.c_str(), static_cast<char*>(nullptr));
            ::_exit(127);
        }
        ::close(pipe[1]);
        lines_ = ::fdopen(pipe[0], "r");
        std::array<char, 4096> line{};
        while (std::fgets(line.data(), line.size(), lines_) != nullptr) {
            const std::string text{line.data()};
            if (text.find(" error ") != std::string::npos) std::printf("taktd: %s", line.data());
            if (text.find("taktctl is served") != std::string::npos) is_served_ = true;
            if (text.find("config loaded") != std::string::npos) is_loaded_ = true;
            if (is_served_ && is_loaded_) break;
        }
        drain_ = std::thread{[this] {
            std::array<char, 4096> ignored{};
            while (std::fgets(ignored.data(), ignored.size(), lines_) != nullptr) {}
        }};
    }
    ~Daemon() {
        ::kill(process_, SIGTERM);
        ::waitpid(process_, nullptr, 0);
        drain_.join();
        std::fclose(lines_);
    }
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;
    bool is_up() const { return is_served_ && is_loaded_; }

private:
    pid_t process_ = -1;
    FILE* lines_ = nullptr;
    bool is_served_ = false, is_loaded_ = false;
    std::thread drain_;
};

/// Idle jobs, and the starts of both phases at instants of their own.
void write_config(const Directory& directory, const Vendor& vendor, const Size& size,
                  const std::vector<WallTime>& starts) {
    std::ofstream yaml{directory.file("taktd.yaml")};
    yaml << "version: 1\nstore: {path: " << directory.file("store.db")
         << "}\ncontrol: {socket: " << directory.file("control.sock")
         << "}\nproviders:\n  chaos:\n    type: tencent-cfg\n    endpoint: " << vendor.endpoint()
         << "\n    credentials: {secret_id: \"${env:TAKTD_BENCH_SECRET}\", secret_key: \"${env:TAKTD_BENCH_SECRET}\"}\n"
            "    rate_limit: {rate: 10000/s, burst: 1000}\n    baseline: false\n    poll_interval: 1h\njobs:\n";
    const auto job = [&yaml](std::size_t number, const std::string& start) {
        yaml << "  drill-" << number << ": {provider: chaos, task: {task_id: " << 1'000'000 + number
             << "}, start: " << start << ", stop: {after: 2h, summary: \"{job}: ended on schedule\"}}\n";
    };
    for (std::size_t i = 0; i < size.jobs; ++i)
        job(i, "{cron: \"" + std::to_string(i % 60) + " 3 1 " + std::to_string(1 + i % 12) + " *\"}");
    for (std::size_t i = 0; i < starts.size(); ++i) job(size.jobs + i, "{at: \"" + to_rfc3339(starts[i]) + "\"}");
}

/// One run lives its life through the daemon's own parts; the others are copied from it, over sixty days.
void fill(const std::string& path, const Vendor& vendor, const Size& size) {
    {
        const ProviderPtr provider = open_provider(vendor.endpoint());
        const WallTime due = read_time().wall + std::chrono::seconds{1};
        Scene scene{path, {.wanted = 1}};
        if (!scene.run(config_of(provider, {once(provider, 0, due, std::chrono::hours{10})}))) return;
    }
    SQLite::Database db{path, SQLite::OPEN_READWRITE, 5000};
    db.exec("PRAGMA synchronous = OFF");
    constexpr std::size_t kAtOnce = 20'000;
    for (std::size_t done = 0; done < size.finished; done += kAtOnce) {
        const std::size_t count = std::min(kAtOnce, size.finished - done);
        SQLite::Transaction transaction{db};
        db.exec("CREATE TEMP TABLE old AS WITH RECURSIVE n(i) AS (SELECT " + std::to_string(done) +
                " UNION ALL SELECT i + 1 FROM n LIMIT " + std::to_string(count) +
                ") SELECT i, r.* FROM n, (SELECT * FROM runs WHERE state = 'running' LIMIT 1) AS r");
        db.exec("UPDATE old SET id = printf('00000000-0000-7000-8000-%012x', i), job = 'drill-' || (i % " +
                std::to_string(std::max<std::size_t>(size.jobs, 1)) +
                "), state = CASE i % 10 WHEN 0 THEN 'failed' WHEN 1 THEN 'skipped' WHEN 2 THEN 'completed' ELSE "
                "'stopped' END, obligation = 'discharged', start_due_ns = start_due_ns - 5184000000000000 / " +
                std::to_string(size.finished) + " * (i + 1)");
        db.exec(
            "UPDATE old SET occurrence_ns = start_due_ns, stop_due_ns = start_due_ns + 1800000000000, max_end_ns = "
            "start_due_ns + 1800000000000, created_ns = start_due_ns, updated_ns = start_due_ns + 1800000000000");
        db.exec("ALTER TABLE old DROP COLUMN i");
        db.exec("INSERT INTO runs SELECT * FROM old");
        db.exec(
            "INSERT INTO transitions SELECT old.id, t.key + 1, NULL, t.value, start_due_ns + t.key * 1000000000, NULL, "
            "'taktd', NULL FROM old, json_each('[\"due\", \"starting\", \"running\", \"stopping\", \"stopped\"]') AS "
            "t");
        db.exec(
            "INSERT INTO calls (id, run_id, provider, account, action, attempt, intent_ns, sent_ns, done_ns, outcome, "
            "http_status, request_body, response_body) SELECT '0000000' || c.key || substr(old.id, 9), old.id, "
            "provider, 'a', "
            "c.value, 1, start_due_ns, start_due_ns, start_due_ns, 'accepted', 200, '{}', hex(randomblob(200)) FROM "
            "old, json_each('[\"start\", \"stop\"]') AS c");
        db.exec("DROP TABLE old");
        transaction.commit();
        db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    std::printf("the store has %.2f GiB\n", static_cast<double>(std::filesystem::file_size(path)) / (1 << 30));
}

void time_pages(const std::string& socket, const Size& size) {
    Asker asker{socket};
    const std::string middle = "drill-" + std::to_string(size.jobs / 2);
    const std::string run = "00000000-0000-7000-8000-" + [&] {
        std::array<char, 17> digits{};
        std::snprintf(digits.data(), digits.size(), "%012zx", size.finished / 2);
        return std::string{digits.data()};
    }();
    const std::string month_ago = to_rfc3339(read_time().wall - std::chrono::hours{24 * 30});
    const std::string deep = asker.next_of("/api/v1/runs?limit=100&until=" + month_ago);
    const std::string deep_transition = asker.next_of("/api/v1/transitions?limit=100&until=" + month_ago);
    const std::pair<const char*, std::string> pages[] = {
        {"a run", "/api/v1/runs/" + run},
        {"a run by the end of its id", "/api/v1/runs/" + run.substr(run.size() - 8)},
        {"a run by its job", "/api/v1/runs/" + middle},
        {"runs, newest", "/api/v1/runs?limit=100&fields=brief"},
        {"runs, whole rows", "/api/v1/runs?limit=100"},
        {"runs, deep", "/api/v1/runs?limit=100&fields=brief&before=" + deep},
        {"runs of a job", "/api/v1/runs?limit=100&fields=brief&job=" + middle},
        {"runs that failed", "/api/v1/runs?limit=100&fields=brief&state=failed"},
        {"runs of a month ago", "/api/v1/runs?limit=100&fields=brief&until=" + month_ago},
        {"transitions, newest", "/api/v1/transitions?limit=100"},
        {"transitions, deep", "/api/v1/transitions?limit=100&before=" + deep_transition},
        {"jobs, first", "/api/v1/jobs?limit=100"},
        {"jobs, in the middle", "/api/v1/jobs?limit=100&after=" + middle},
        {"jobs that a text finds", "/api/v1/jobs?limit=100&q=99"},
        {"a job", "/api/v1/jobs/" + middle},
        {"status", "/api/v1/status"},
        {"actions", "/api/v1/actions?limit=100"},
        {"foreign", "/api/v1/foreign"},
        {"holds", "/api/v1/holds"},
        {"providers", "/api/v1/providers"},
    };
    for (const auto& [name, path] : pages) {
        std::vector<Duration> took;
        int status = 0;
        for (int i = 0; i < kTimesEach; ++i) {
            const BootTime begin = read_time().boot;
            status = asker.ask(path);
            took.push_back(read_time().boot - begin);
        }
        print_distribution(name, took, status == 200 ? "10 ms" : "NOT ANSWERED: " + std::to_string(status));
    }
}

std::vector<WallTime> phase(WallTime begin, std::size_t seconds) {
    std::vector<WallTime> starts;
    for (std::size_t i = 0; i < seconds * kStartsPerSecond; ++i)
        starts.push_back(begin + i * (Duration{std::chrono::seconds{1}} / kStartsPerSecond));
    return starts;
}

/// How late the requests of the starts in [from, until) left.
std::vector<Duration> lateness(const std::string& path, WallTime from, WallTime until) {
    SQLite::Database db{path, SQLite::OPEN_READONLY, 5000};
    SQLite::Statement rows{db,
                           "SELECT c.sent_ns - r.start_due_ns FROM runs r JOIN calls c ON c.run_id = r.id AND c.action "
                           "= 'start' WHERE r.start_due_ns >= ? AND r.start_due_ns < ? AND c.sent_ns IS NOT NULL"};
    rows.bind(1, static_cast<std::int64_t>(from.time_since_epoch().count()));
    rows.bind(2, static_cast<std::int64_t>(until.time_since_epoch().count()));
    std::vector<Duration> late;
    while (rows.executeStep()) late.emplace_back(rows.getColumn(0).getInt64());
    return late;
}

void wait_until(WallTime instant) {
    asio::io_context io;
    asio::steady_timer timer{io, instant - read_time().wall};
    timer.wait();
}

void measure(const Size& size) {
    const Vendor vendor;
    const Directory directory;
    const std::string socket = directory.file("control.sock"), store = directory.file("store.db");
    std::printf("api: %zu jobs, %zu finished runs\n", size.jobs, size.finished);
    print_machine(directory.path());
    fill(store, vendor, size);
    write_config(directory, vendor, size, {});
    {
        const Daemon daemon{directory.file("taktd.yaml")};
        if (!daemon.is_up()) return void(std::printf("NOT COMPLETE: %s did not come up\n", TAKTD_PROGRAM));
        time_pages(socket, size);
    }
    // Read anew with the starts in it, far enough off that all is loaded by then.
    const Duration lead = std::chrono::seconds{10} + size.jobs / 5000 * std::chrono::seconds{1};
    const Duration length = size.seconds * std::chrono::seconds{1};
    const WallTime alone = read_time().wall + lead, loaded = alone + length + std::chrono::seconds{4};
    auto starts = phase(alone, size.seconds);
    for (const WallTime start : phase(loaded, size.seconds)) starts.push_back(start);
    write_config(directory, vendor, size, starts);
    const Daemon daemon{directory.file("taktd.yaml")};
    if (!daemon.is_up() || read_time().wall > alone) return void(std::printf("NOT COMPLETE: it came up too late\n"));
    wait_until(loaded - std::chrono::seconds{2});
    Load load{socket, kClients, kSubscribers};
    wait_until(loaded + length + std::chrono::seconds{2});
    const Load::Done done = load.end();
    const auto without = lateness(store, alone, alone + length), with = lateness(store, loaded, loaded + length);
    std::printf(
        "%zu starts/s for %zu s, alone and with %zu clients and %zu subscribers: %zu answers, %zu refused as "
        "busy, %.1f MiB of events\n",
        kStartsPerSecond, size.seconds, kClients, kSubscribers, done.answers, done.busy,
        static_cast<double>(done.event_bytes) / (1 << 20));
    print_distribution("due -> bytes, nobody asks", without, "p99 2 ms");
    print_distribution("due -> bytes, with the load", with, "p99 at most 1 ms more");
    if (without.size() + with.size() < starts.size())
        std::printf("NOT COMPLETE: %zu of %zu starts left\n", without.size() + with.size(), starts.size());
}

}  // namespace
}  // namespace taktd::bench

int main(int argc, char** argv) {
    using namespace taktd::bench;
    ::setenv("TAKTD_BENCH_SECRET", "a-secret-of-the-benchmark", 0);
    taktd::log::setup({.level = taktd::log::Level::info, .sink = [](std::string_view) {}});
    measure({argument(argc, argv, 1, 100'000), argument(argc, argv, 2, 1'000'000), argument(argc, argv, 3, 10)});
}
