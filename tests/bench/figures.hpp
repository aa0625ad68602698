// SPDX-License-Identifier: Apache-2.0
// What every benchmark prints around its own figures: the machine and how busy it is (a figure from a busy machine says
// little), percentiles, memory; and a directory on a real disk, since durable commits are half of what is measured.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/core/base/time.hpp"

namespace taktd::bench {

/// Appends the figure, one line of JSON, to the file that TAKTD_BENCH_JSON names, if it does: what script/bench --table
/// reads. `size`: of what was measured (jobs, runs, starts a commit), for curves; 0: it has none.
void record(const std::string& figure, double value, const std::string& unit, std::size_t size = 0);

/// Processors, load average, and how long this directory's disk takes to make one small write durable.
void print_machine(const std::filesystem::path& directory);

/// `name`: p50, p90, p99, p99.9 and the largest, in milliseconds; then the budget, as words.
void print_distribution(const std::string& name, std::vector<Duration> samples, const std::string& budget,
                        std::size_t size = 0);

double seconds(Duration d);
double milliseconds(Duration d);

/// Elapsed time, and the processor time of this process's threads: the latter says something on a busy machine, too.
class Stopwatch {
public:
    struct Taken {
        Duration elapsed{}, busy{};
    };

    Stopwatch();
    Taken taken() const { return {elapsed(), busy()}; }
    Duration elapsed() const;
    Duration busy() const;

private:
    BootTime begin_;
    Duration busy_begin_;
};

/// Resident memory of this process, in MiB: now and at its peak.
double resident_mib();
double resident_peak_mib();

/// A fresh directory under $TMPDIR (else /tmp), removed at the end.
class Directory {
public:
    Directory();
    ~Directory();
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

/// The n-th argument as a number, or `otherwise`.
std::size_t argument(int argc, char** argv, int n, std::size_t otherwise);

}  // namespace taktd::bench
