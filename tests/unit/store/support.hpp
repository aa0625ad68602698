// SPDX-License-Identifier: Apache-2.0
// What the tests of SQLite's store share: a directory that vanishes, a store in it, and what may be done to it past the
// store.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "daemon/store/sqlite/reader.hpp"
#include "daemon/store/store.hpp"
#include "tests/support/stored_rows.hpp"

namespace taktd::testing {

using namespace std::chrono_literals;

class StoreDirectory {
public:
    explicit StoreDirectory(const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
        std::string name = (parent / "taktd-store-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary directory"};
        root_ = name;
    }
    ~StoreDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }
    StoreDirectory(const StoreDirectory&) = delete;
    StoreDirectory& operator=(const StoreDirectory&) = delete;

    std::string path(const std::string& name = "taktd.db") const { return (root_ / name).string(); }
    const std::filesystem::path& root() const { return root_; }

private:
    std::filesystem::path root_;
};

/// By default nobody looks at its files but at a commit.
inline std::unique_ptr<Store> open_store(const std::string& path, Duration look = 1h, Duration quiet = 1h) {
    StoreOptions options;
    options.look = look;
    options.quiet = quiet;
    options.path = path;
    options.create = true;
    options.retry_initial = 1ms;
    options.retry_max = 20ms;
    auto store = Store::open(options);
    if (!store) throw std::runtime_error{store.error()};
    return std::move(*store);
}

/// Writes rows through the store and closes it cleanly.
inline void write_rows(const std::string& path, std::vector<Row> rows) {
    auto store = open_store(path);
    Record record;
    store->start(record.events());
    store->append(1, std::move(rows));
    if (!store->close_clean({}, 30s)) throw std::runtime_error{"not closed cleanly"};
}

inline Reader open_reader(const std::string& path) {
    auto reader = Reader::open(path);
    if (!reader) throw std::runtime_error{reader.error()};
    return std::move(*reader);
}

/// Past the store, to plant what it would never write.
inline void run_sql(const std::string& path, const std::string& sql) {
    SQLite::Database db{path, SQLite::OPEN_READWRITE, 5000};
    db.exec(sql);
}

inline std::string ask_sql(const std::string& path, const std::string& sql) {
    SQLite::Database db{path, SQLite::OPEN_READONLY, 5000};
    SQLite::Statement row{db, sql};
    std::string answer;
    while (row.executeStep()) {
        for (int i = 0; i < row.getColumnCount(); ++i) {
            answer += (answer.empty() ? "" : "|") + (row.isColumnNull(i) ? "null" : row.getColumn(i).getString());
        }
    }
    return answer;
}

}  // namespace taktd::testing
