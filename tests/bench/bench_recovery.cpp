// After a kill: how long from opening the store until every obligation is armed again. With the daemon's binary also
// from exec, as it says itself (recovered obligations=N elapsed_ms=M), with the config of all those jobs.
// usage: bench_recovery [RUNS] [PATH OF taktd]
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sys/wait.h>

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

void recover_in_process(const std::string& path) {
    const BootTime begin = read_time().boot;
    auto store = Store::open({.path = path});
    if (!store) throw std::runtime_error{store.error()};
    const BootTime opened = read_time().boot;
    Snapshot snapshot = (*store)->load();
    const BootTime loaded = read_time().boot;
    const std::size_t live = snapshot.live.size();
    Engine engine{1};
    const Event event = Recovered{std::move(snapshot), read_boot_id()};
    const Effects effects = engine.step(event, read_time());
    const BootTime armed = read_time().boot;
    std::printf(
        "%zu live runs, %zu obligations armed: open %.0f ms, load %.0f ms, re-arm %.0f ms, together %.0f ms"
        "   (budget 1000 ms from exec)\n",
        live, engine.status().owed_stops, milliseconds(opened - begin), milliseconds(loaded - opened),
        milliseconds(armed - loaded), milliseconds(armed - begin));
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
        if (said)
            std::printf("exec to its line, seen from outside %.0f ms: %s", milliseconds(read_time().boot - begin),
                        line.data());
    }
    if (!said) std::printf("%s ended without having recovered\n", taktd.c_str());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    std::fclose(lines);
}

void measure(std::size_t count, const std::string& taktd) {
    const Vendor vendor;
    const Directory directory;
    const std::string path = directory.file("store.db");
    std::printf("recovery of %zu live runs\n", count);
    print_machine(directory.path());
    if (!fill(path, open_provider(vendor.endpoint()), count)) {
        std::printf("the store could not be filled\n");
        return;
    }
    for (int i = 0; i < 3; ++i) recover_in_process(path);
    if (taktd.empty()) return;
    const std::string config = directory.file("taktd.yaml");
    std::ofstream{config} << config_text({.jobs = count, .endpoint = vendor.endpoint(), .store = path});
    for (int i = 0; i < 3; ++i) recover_by_exec(taktd, config);
}

}  // namespace
}  // namespace taktd::bench

int main(int argc, char** argv) {
    taktd::log::setup({.level = taktd::log::Level::warning, .sink = [](std::string_view) {}});
    const auto beside = std::filesystem::canonical("/proc/self/exe").parent_path() / "../../bin/taktd";
    std::string taktd = argc > 2 ? argv[2] : "";
    if (taktd.empty() && std::filesystem::exists(beside)) taktd = beside.string();
    taktd::bench::measure(taktd::bench::argument(argc, argv, 1, 10'000), taktd);
}
