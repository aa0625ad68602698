// SPDX-License-Identifier: Apache-2.0
// After a kill: how long from opening the store until every obligation is armed again. With the daemon's binary also
// from exec, as it says itself (recovered obligations=N elapsed_ms=M), with the config of all those jobs.
// With a third argument the store is first filled with finished runs to so many GiB, and read from a cold disk each
// time: what recovery costs must not depend on them.
// usage: bench_recovery [RUNS] [PATH OF taktd] [GIB]
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sys/wait.h>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/bench/config_text.hpp"
#include "tests/bench/figures.hpp"
#include "tests/bench/scene.hpp"
#include "tests/bench/vendor.hpp"

namespace taktd::bench {
namespace {

/// Starts them all through the daemon's own parts, and then ends without a word, as a kill would.
bool fill(const std::string& path, const ProviderPtr& provider, std::size_t count) {
    std::vector<Job> jobs;
    const WallTime due = read_time().wall + std::chrono::seconds{2};
    for (std::size_t i = 0; i < count; ++i) jobs.push_back(once(provider, i, due, std::chrono::hours{10}));
    Scene scene{path, {.wanted = count}};
    return scene.run(config_of(provider, jobs));
}

/// Finished runs of three calls each, copied from a live one.
void grow(const std::string& path, std::size_t gib) {
    SQLite::Database db{path, SQLite::OPEN_READWRITE, 5000};
    db.exec("PRAGMA synchronous = OFF");
    constexpr int kRunsAtOnce = 5000;
    for (int batch = 0; std::filesystem::file_size(path) < (gib << 30); ++batch) {
        const std::string numbers = "WITH RECURSIVE n(i) AS (SELECT " + std::to_string(batch * kRunsAtOnce) +
                                    " UNION ALL SELECT i + 1 FROM n LIMIT " + std::to_string(kRunsAtOnce) + ") ";
        SQLite::Transaction transaction{db};
        db.exec("CREATE TEMP TABLE old AS " + numbers +
                "SELECT i, r.* FROM n, (SELECT * FROM runs WHERE state = 'running' LIMIT 1) AS r");
        db.exec(
            "UPDATE old SET id = printf('00000000-0000-7000-8000-%012x', i), job = 'old-' || i, state = 'stopped', "
            "obligation = 'discharged', updated_ns = updated_ns - 86400000000000");
        db.exec("ALTER TABLE old DROP COLUMN i");
        db.exec("INSERT INTO runs SELECT * FROM old");
        db.exec("INSERT INTO transitions SELECT id, 1, NULL, 'stopped', updated_ns, NULL, 'taktd', NULL FROM old");
        db.exec(
            "INSERT INTO calls (id, run_id, provider, account, action, attempt, intent_ns, done_ns, outcome, "
            "response_body) SELECT '0000000' || c.value || substr(old.id, 9), old.id, provider, 'a', 'query', 1, "
            "updated_ns, "
            "updated_ns, 'accepted', hex(randomblob(1500)) FROM old, json_each('[1,2,3]') AS c");
        db.exec("DROP TABLE old");
        transaction.commit();
        db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    std::printf("the store has %.1f GiB\n", static_cast<double>(std::filesystem::file_size(path)) / (1 << 30));
}

/// Out of the page cache, as after a reboot.
void make_cold(const std::string& path) {
    for (const char* part : {"", "-wal"}) {
        const int fd = ::open((path + part).c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) continue;
        ::fdatasync(fd);
        ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        ::close(fd);
    }
}

void recover_in_process(const std::string& path) {
    const BootTime begin = read_time().boot;
    auto store = Store::open({.path = path});
    if (!store) throw std::runtime_error{store.error()};
    const BootTime opened = read_time().boot;
    Snapshot snapshot = (*store)->load_owed();
    const BootTime loaded = read_time().boot;
    const std::size_t live = snapshot.live.size();
    Engine engine{1};
    const Event event = Recovered{{std::move(snapshot), {}}, read_boot_id()};
    const Effects effects = engine.step(event, read_time());
    const BootTime armed = read_time().boot;
    std::printf(
        "%zu live runs, %zu obligations armed: open %.0f ms, load %.0f ms, re-arm %.0f ms, together %.0f ms"
        "   (budget 1000 ms from exec)\n",
        live, engine.status().owed_stops, milliseconds(opened - begin), milliseconds(loaded - opened),
        milliseconds(armed - loaded), milliseconds(armed - begin));
    record("from opening the store", milliseconds(armed - begin), "ms", live);
}

/// Until the daemon says that it has recovered; then it is killed, so that the next one recovers as well.
void recover_by_exec(const std::string& taktd, const std::string& config) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return;
    const BootTime begin = read_time().boot;
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(pipe[1], STDERR_FILENO);
        ::execl(taktd.c_str(), taktd.c_str(), "--config", config.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    ::close(pipe[1]);
    FILE* const lines = ::fdopen(pipe[0], "r");
    std::array<char, 4096> line{};
    bool said = false;
    while (!said && std::fgets(line.data(), line.size(), lines) != nullptr) {
        const std::string text{line.data()};
        said = text.find("recovered") != std::string::npos || text.find("error") != std::string::npos;
        if (!said) continue;
        const double taken_ms = milliseconds(read_time().boot - begin);
        std::printf("exec to its line, seen from outside %.0f ms: %s", taken_ms, line.data());
        if (text.find("recovered") != std::string::npos) record("from exec", taken_ms, "ms");
    }
    if (!said) std::printf("%s ended without having recovered\n", taktd.c_str());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    std::fclose(lines);
}

void measure(std::size_t count, const std::string& taktd, std::size_t gib) {
    const Vendor vendor;
    const Directory directory;
    const std::string path = directory.file("store.db");
    std::printf("recovery of %zu live runs\n", count);
    print_machine(directory.path());
    if (!fill(path, open_provider(vendor.endpoint()), count)) {
        std::printf("the store could not be filled\n");
        return;
    }
    if (gib > 0) grow(path, gib);
    for (int i = 0; i < 3; ++i) {
        if (gib > 0) make_cold(path);
        recover_in_process(path);
    }
    if (taktd.empty()) return;
    const std::string config = directory.file("taktd.yaml");
    std::ofstream{config} << config_text({.jobs = count, .endpoint = vendor.endpoint(), .store = path});
    for (int i = 0; i < 3; ++i) {
        if (gib > 0) make_cold(path);
        recover_by_exec(taktd, config);
    }
}

}  // namespace
}  // namespace taktd::bench

int main(int argc, char** argv) {
    taktd::log::setup({.level = taktd::log::Level::warning, .sink = [](std::string_view) {}});
    const auto beside = std::filesystem::canonical("/proc/self/exe").parent_path() / "../../bin/taktd";
    std::string taktd = argc > 2 ? argv[2] : "";
    if (taktd.empty() && std::filesystem::exists(beside)) taktd = beside.string();
    taktd::bench::measure(taktd::bench::argument(argc, argv, 1, 10'000), taktd,
                          taktd::bench::argument(argc, argv, 3, 0));
}
