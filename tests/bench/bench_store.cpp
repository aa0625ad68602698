// SPDX-License-Identifier: Apache-2.0
// The store by itself: the rows that an engine makes of many starts, written through the real store in commits of
// different sizes, each commit after the one before it is durable; beside them, what as many bytes cost that are
// written and made durable without any database. Then what finished runs take on the disk. usage: bench_store [STARTS]
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <span>

#include <fcntl.h>
#include <unistd.h>

#include "tests/bench/figures.hpp"
#include "tests/bench/scene.hpp"
#include "tests/bench/short_shell.hpp"

namespace taktd::bench {
namespace {

/// Starts a commit: what 256, 1,024 and 4,096 uncommitted rows allow, with nine rows a start.
constexpr std::array<std::size_t, 3> kStartsPerCommit{28, 113, 452};
constexpr Duration kWindow = std::chrono::minutes{30};  // shorter than the interval of polls
constexpr Duration kLead = std::chrono::seconds{1};

/// How many bytes went into the log (FILE-wal), over every time that it began anew. Read between commits, from the head
/// of its index (FILE-shm): www.sqlite.org/walformat.html.
class LogBytes {
public:
    explicit LogBytes(const std::string& store) : fd_{::open((store + "-shm").c_str(), O_RDONLY | O_CLOEXEC)} {}
    ~LogBytes() { ::close(fd_); }
    LogBytes(const LogBytes&) = delete;
    LogBytes& operator=(const LogBytes&) = delete;

    /// Since the last call.
    std::size_t take() {
        std::array<unsigned char, 48> head{};
        if (::pread(fd_, head.data(), head.size(), 0) != static_cast<ssize_t>(head.size())) return 0;
        std::uint16_t page = 0;
        std::uint32_t frames = 0;
        std::array<unsigned char, 8> salt{};
        std::memcpy(&page, &head[14], sizeof page);
        std::memcpy(&frames, &head[16], sizeof frames);
        std::copy_n(&head[32], salt.size(), salt.begin());
        const std::uint32_t before = salt == salt_ ? frames_ : 0;
        frames_ = frames;
        salt_ = salt;
        return (frames - before) * (page + kFrameHead);
    }

private:
    static constexpr std::size_t kFrameHead = 24;
    int fd_;
    std::uint32_t frames_ = 0;
    std::array<unsigned char, 8> salt_{};  // another one each time that the log begins anew
};

std::vector<Job> jobs_of(const ProviderPtr& provider, std::size_t count) {
    const WallTime due = read_time().wall + kLead;
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < count; ++i) jobs.push_back(once(provider, i, due, kWindow));
    return jobs;
}

/// Those of the starts, and of their ends if `until_finished`; not those of the config.
std::vector<Row> rows_of(const ProviderPtr& provider, std::size_t starts, bool until_finished) {
    std::vector<Row> rows;
    ShortShell shell;
    shell.append = [&](Append append) {
        shell.put(Durable{append.step});
        std::ranges::move(append.rows, std::back_inserter(rows));
    };
    shell.open(config_of(provider, jobs_of(provider, starts)));
    rows.clear();
    const Duration end = until_finished ? 2 * kWindow : 2 * kLead;
    while (shell.pass_to_next(end)) {}
    return rows;
}

/// One commit a group, the next after it is durable.
class Writer {
public:
    explicit Writer(const std::string& path) : store_{path, {}} {
        store_.load();
        StoreEvents events;
        events.durable = [this](std::uint64_t step) { durable_.set(step); };
        store_.start(std::move(events));
    }
    void commit(SharedRows rows) {
        store_.append(++step_, std::move(rows));
        durable_.wait_beyond(step_ - 1);
    }
    void close() { store_.close_clean({}, std::chrono::seconds{60}); }

private:
    DurableStep durable_;
    WatchedStore store_;
    std::uint64_t step_ = 0;
};

std::vector<SharedRows> groups_of(const std::vector<Row>& rows, std::size_t rows_each) {
    std::vector<SharedRows> groups;
    for (std::size_t begin = 0; begin < rows.size(); begin += rows_each) {
        const auto part = std::span{rows}.subspan(begin, std::min(rows_each, rows.size() - begin));
        groups.push_back(std::make_shared<const std::vector<Row>>(part.begin(), part.end()));
    }
    return groups;
}

/// What the disk and the kernel cost: as many commits of as many bytes, written into a file that is there and made
/// durable.
Stopwatch::Taken write_raw(const std::string& path, std::size_t commits, std::size_t bytes_each) {
    const int fd = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    const std::vector<char> bytes(bytes_each, 'x');
    constexpr std::size_t kFileBytes = 4 << 20;  // as long as a log that is begun anew
    for (std::size_t at = 0; at < kFileBytes; at += bytes_each)
        if (::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)) < 0) break;
    ::fdatasync(fd);
    const Stopwatch watch;
    std::size_t at = 0;
    for (std::size_t i = 0; i < commits; ++i) {
        if (::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)) < 0 || ::fdatasync(fd) != 0) break;
        at = at + bytes_each > kFileBytes ? 0 : at + bytes_each;
    }
    const Stopwatch::Taken taken = watch.taken();
    ::close(fd);
    return taken;
}

void write_starts(const Directory& directory, const std::vector<Row>& rows, std::size_t starts, std::size_t each) {
    const std::string path = directory.file("store-" + std::to_string(each) + ".db");
    const auto groups = groups_of(rows, each * rows.size() / starts);
    Writer writer{path};
    writer.commit(std::make_shared<const std::vector<Row>>());
    LogBytes log{path};
    log.take();
    std::size_t bytes = 0;
    const Stopwatch watch;
    for (const auto& group : groups) {
        writer.commit(group);
        bytes += log.take();
    }
    const Stopwatch::Taken taken = watch.taken();
    const Stopwatch::Taken floor = write_raw(directory.file("raw"), groups.size(), bytes / groups.size());
    const auto us = [starts](Duration d) { return 1e6 * seconds(d) / static_cast<double>(starts); };
    const double log_bytes = static_cast<double>(bytes) / static_cast<double>(starts);
    std::printf(
        "%4zu starts a commit: each %6.1f us, of processors %6.1f us, log %6.0f bytes; as many bytes raw: %5.1f us, of "
        "processors %4.1f us\n",
        each, us(taken.elapsed), us(taken.busy), log_bytes, us(floor.elapsed), us(floor.busy));
    std::fflush(stdout);
    record("a start", us(taken.elapsed), "us", each);
    record("a start, of processors", us(taken.busy), "us", each);
    record("a start, log", log_bytes, "bytes", each);
    record("raw, a start", us(floor.elapsed), "us", each);
    record("raw, a start, of processors", us(floor.busy), "us", each);
    writer.close();
}

/// Of the file, once everything is brought into it.
double file_bytes(const std::string& path, const std::vector<Row>& rows) {
    Writer writer{path};
    constexpr std::size_t kRowsPerCommit = 1024;
    for (const auto& group : groups_of(rows, kRowsPerCommit)) writer.commit(group);
    writer.close();
    return static_cast<double>(std::filesystem::file_size(path));
}

bool is_query(const Row& row) {
    const auto* call = std::get_if<CallRow>(&row);
    return call != nullptr && call->action == Action::query;
}

void finished_runs(const Directory& directory, const ProviderPtr& provider, std::size_t count) {
    std::vector<Row> rows = rows_of(provider, count, true);
    std::set<RunId> finished;
    for (const Row& row : rows)
        if (const auto* run = std::get_if<RunRow>(&row); run && is_terminal(run->state)) finished.insert(run->id);
    const auto runs = static_cast<double>(count);
    const double queries = static_cast<double>(std::ranges::count_if(rows, is_query)) / runs;
    const double empty = file_bytes(directory.file("empty.db"), {});
    const double with = (file_bytes(directory.file("finished.db"), rows) - empty) / runs;
    std::erase_if(rows, is_query);
    const double without = (file_bytes(directory.file("without.db"), rows) - empty) / runs;
    std::printf("a finished run: %.0f bytes of the file, with its %.1f queries %.0f   (budget 1300 bytes)\n", without,
                queries, with);
    record("a finished run", without, "bytes");
    record("a finished run with its queries", with, "bytes");
    if (finished.size() < count) std::printf("NOT COMPLETE: %zu of %zu runs finished\n", finished.size(), count);
}

void measure(std::size_t starts) {
    const Directory directory;
    const ProviderPtr provider = open_provider("http://127.0.0.1:1");
    std::printf("store: the rows of %zu starts\n", starts);
    print_machine(directory.path());
    const std::vector<Row> rows = rows_of(provider, starts, false);
    std::printf("%.1f rows a start\n", static_cast<double>(rows.size()) / static_cast<double>(starts));
    for (const std::size_t each : kStartsPerCommit) write_starts(directory, rows, starts, each);
    finished_runs(directory, provider, starts);
}

}  // namespace
}  // namespace taktd::bench

int main(int argc, char** argv) {
    taktd::log::setup({.level = taktd::log::Level::warning, .sink = [](std::string_view) {}});
    taktd::bench::measure(taktd::bench::argument(argc, argv, 1, 10'000));
}
