// SPDX-License-Identifier: Apache-2.0
// A store with damaged pages: each line of the input, `PAGE OFFSET HEX`, overwrites bytes of a small real store. It is
// opened, read, verified and recovered from; damage is refused in words or read over, and never more than that.
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/sqlite/reader.hpp"
#include "daemon/store/sqlite/row_reading.hpp"
#include "daemon/store/store.hpp"
#include "daemon/store/verify/verify.hpp"
#include "tests/fuzz/property.hpp"
#include "tests/unit/store/support.hpp"

namespace {

using namespace taktd;
namespace sample = taktd::testing;  // rows in good order
using fuzz::require;

constexpr std::size_t kPageBytes = 512;  // small pages: more of them, so more kinds of damage

std::string read_bytes(const std::string& path) {
    std::ifstream stream{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

/// A new store has pages of the usual size, which SQLite changes only while there is no write-ahead log.
void make_pages_small(const std::string& path) {
    SQLite::Database db{path, SQLite::OPEN_READWRITE};
    db.exec("PRAGMA journal_mode = DELETE");
    db.exec("PRAGMA page_size = " + std::to_string(kPageBytes));
    db.exec("VACUUM");
    require(db.execAndGet("PRAGMA page_size").getUInt() == kPageBytes, "the pages are small");
    db.exec("PRAGMA journal_mode = WAL");
}

/// Seven runs in all states, their calls, a gap and a hold; the same bytes each time but for nothing.
std::string make_store(const std::string& path) {
    using enum RunState;
    const std::vector<std::vector<RunState>> lives = {
        {due},
        {due, starting},
        {due, starting, unconfirmed},
        {due, starting, running},
        {due, starting, running, stopping},
        {due, starting, running, stopping, stopped},
        {due, skipped},
    };
    std::vector<Row> rows;
    int n = 0;
    for (const auto& states : lives) {
        ++n;
        for (auto& row : sample::history(n, "job-" + std::to_string(n), states)) rows.push_back(std::move(row));
        const RunRow run = sample::run_row(n, "job-" + std::to_string(n), states.back());
        if (states.size() > 1 && states[1] == starting)
            rows.emplace_back(sample::call_row(run, "call-" + std::to_string(n), Action::start,
                                               n % 2 == 0 ? std::optional{Outcome::accepted} : std::nullopt));
    }
    rows.emplace_back(GapRow{"job-1", sample::at(0), sample::at(9), 3, Reason::misfire, sample::at(9)});
    rows.emplace_back(HoldRow{"job:job-2", true, "holiday", "anna", sample::at(1), std::nullopt});
    sample::write_rows(path, std::move(rows));
    make_pages_small(path);
    return read_bytes(path);
}

std::string damaged(std::string bytes, const std::string& input) {
    std::istringstream lines{input};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::size_t page = 0, offset = 0;
        std::string hex;
        words >> page >> offset >> hex;
        std::size_t at = (page * kPageBytes + offset % kPageBytes) % bytes.size();
        for (std::size_t i = 0; i + 1 < hex.size() && at < bytes.size(); i += 2, ++at) {
            unsigned byte = 0;
            std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
            bytes[at] = static_cast<char>(byte);
        }
    }
    return bytes;
}

void read_for_people(const std::string& path) {
    auto reader = Reader::open(path);
    if (!reader) return require(reader.error().find("store") != std::string::npos, "a refusal names the store");
    const auto try_to = [](auto question) {
        try {
            question();
        } catch (const StoreError& error) {
            require(*error.what() != '\0', "an error says something");
        }
    };
    try_to([&] {
        for (const auto& run : reader->list_runs({})) {
            try_to([&] { (void)reader->show(run.id); });
        }
    });
    try_to([&] { (void)reader->find_run("job-4"); });
    try_to([&] { (void)reader->find_run("0004"); });
    try_to([&] {
        for (const auto& run : reader->open_obligations())
            require(run.obligation == Obligation::open, "an open obligation is open");
    });
    try_to([&] { (void)reader->job_states(); });
    try_to([&] { (void)reader->holds(); });
    try_to([&] { (void)reader->gaps(); });
    try_to([&] {
        for (const auto& violation : verify(*reader))
            require(!violation.rule.empty() && !violation.text.empty(), "a violation says something");
    });
}

void recover(const std::string& path) {
    auto store = Store::open({.path = path, .checks = false});
    if (!store) return require(!store.error().empty(), "a refusal says something");
    try {
        const Snapshot found = (*store)->load();
        for (const auto& live : found.live)
            require(!is_terminal(live.run.state), "a live run is live", live.run.id.text());
    } catch (const StoreError& error) {
        require(*error.what() != '\0', "an error says something");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const sample::StoreDirectory directory;
    static const std::string sound = make_store(directory.path("sound.db"));
    const std::string path = directory.path("damaged.db");
    const auto bytes = damaged(sound, {reinterpret_cast<const char*>(data), size});
    for (const auto recovers : {false, true}) {
        std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
        for (const char* part : {"-wal", "-shm"}) std::filesystem::remove(path + part);
        recovers ? recover(path) : read_for_people(path);
    }
    return 0;
}
