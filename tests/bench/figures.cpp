// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/figures.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <thread>

#include <fcntl.h>
#include <linux/magic.h>
#include <unistd.h>

#include "daemon/runtime/clock.hpp"

namespace taktd::bench {
namespace {

/// The median of some appends with fdatasync, as a commit makes them.
Duration disk_latency(const std::filesystem::path& directory) {
    const auto file = (directory / "probe").string();
    const int fd = ::open(file.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0) throw std::runtime_error{"cannot write to " + directory.string()};
    const std::array<char, 4096> page{};
    std::vector<Duration> samples;
    for (int i = 0; i < 50; ++i) {
        const BootTime before = read_time().boot;
        if (::write(fd, page.data(), page.size()) < 0 || ::fdatasync(fd) != 0) break;
        samples.push_back(read_time().boot - before);
    }
    ::close(fd);
    std::filesystem::remove(file);
    if (samples.empty()) return {};
    std::ranges::sort(samples);
    return samples[samples.size() / 2];
}

Duration processor_time() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto of = [](const timeval& t) {
        return Duration{std::chrono::seconds{t.tv_sec} + std::chrono::microseconds{t.tv_usec}};
    };
    return of(used.ru_utime) + of(used.ru_stime);
}

double status_mib(const std::string& field) {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field)) return std::strtod(line.c_str() + field.size(), nullptr) / 1024;
    return 0;
}

}  // namespace

void record(const std::string& figure, double value, const std::string& unit, std::size_t size) {
    const char* const path = std::getenv("TAKTD_BENCH_JSON");
    if (path == nullptr || *path == '\0') return;
    FILE* const file = std::fopen(path, "ae");
    if (file == nullptr) throw std::runtime_error{std::string{"cannot write to "} + path};
    const std::string_view program = program_invocation_short_name;
    const std::string bench{program.starts_with("bench_") ? program.substr(6) : program};
    std::fprintf(file,
                 R"({"bench": "%s", "figure": "%s", "value": %.6g, "unit": "%s", "size": %zu})"
                 "\n",
                 bench.c_str(), figure.c_str(), value, unit.c_str(), size);
    std::fclose(file);
}

void print_machine(const std::filesystem::path& directory) {
    std::array<double, 3> load{};
    if (::getloadavg(load.data(), 3) < 0) load = {};
    struct statfs fs {};
    const bool in_memory = ::statfs(directory.c_str(), &fs) == 0 && fs.f_type == TMPFS_MAGIC;
    const double write_ms = milliseconds(disk_latency(directory));
    record("load average", load[0], "processes");
    record("a durable 4 KiB write", write_ms, "ms");
    std::printf("machine: %u processors, load average %.2f %.2f %.2f; a durable 4 KiB write takes %.2f ms%s\n",
                std::thread::hardware_concurrency(), load[0], load[1], load[2], write_ms,
                in_memory ? " (IN MEMORY: set TMPDIR to a real disk)" : "");
}

void print_distribution(const std::string& name, std::vector<Duration> samples, const std::string& budget,
                        std::size_t size) {
    if (samples.empty()) {
        std::printf("%-34s no samples\n", name.c_str());
        return;
    }
    std::ranges::sort(samples);
    const auto at = [&](double share) {
        const auto rank = static_cast<std::size_t>(share * static_cast<double>(samples.size()));
        return milliseconds(samples[std::min(rank, samples.size() - 1)]);
    };
    std::printf("%-34s n %zu  p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  max %.2f ms   (budget %s)\n", name.c_str(),
                samples.size(), at(0.5), at(0.9), at(0.99), at(0.999), at(1), budget.c_str());
    record(name + ", p50", at(0.5), "ms", size);
    record(name + ", p99", at(0.99), "ms", size);
    record(name + ", p99.9", at(0.999), "ms", size);
    record(name + ", max", at(1), "ms", size);
}

Stopwatch::Stopwatch() : begin_{read_time().boot}, busy_begin_{processor_time()} {}
Duration Stopwatch::elapsed() const { return read_time().boot - begin_; }
Duration Stopwatch::busy() const { return processor_time() - busy_begin_; }

double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
double milliseconds(Duration d) { return seconds(d) * 1000; }
double resident_mib() { return status_mib("VmRSS:"); }
double resident_peak_mib() { return status_mib("VmHWM:"); }

Directory::Directory() {
    std::string name = (std::filesystem::temp_directory_path() / "taktd-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"cannot create " + name};
    path_ = name;
}

Directory::~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::size_t argument(int argc, char** argv, int n, std::size_t otherwise) {
    return argc > n ? std::strtoull(argv[n], nullptr, 10) : otherwise;
}

}  // namespace taktd::bench
