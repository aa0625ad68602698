// SPDX-License-Identifier: Apache-2.0
// What holds for every store, whatever keeps it. A backend says how to open its store and how to ask it, and runs all
// tests of this folder through one INSTANTIATE_TEST_SUITE_P (sqlite_backend.cpp is SQLite's). What belongs to one
// backend alone, its files and its faults, is tested with it.
#pragma once

#include <memory>
#include <ostream>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "daemon/store/queries.hpp"
#include "daemon/store/store.hpp"
#include "tests/support/stored_rows.hpp"

namespace taktd::testing {

/// One store of its own, empty at first, gone with it.
class StoreBackend {
public:
    virtual ~StoreBackend() = default;
    /// One at a time is open; destroyed without close_clean() it has not stopped cleanly.
    virtual std::unique_ptr<Store> open() = 0;
    /// At any time, whether it is open or not.
    virtual std::unique_ptr<Queries> queries() = 0;
};

struct StoreBackendEntry {
    const char* name;
    std::unique_ptr<StoreBackend> (*create)();
};
inline void PrintTo(const StoreBackendEntry& entry, std::ostream* out) { *out << entry.name; }

class StoreContract : public ::testing::TestWithParam<StoreBackendEntry> {
protected:
    std::unique_ptr<Store> open() { return backend_->open(); }
    std::unique_ptr<Queries> queries() { return backend_->queries(); }
    /// Writes rows through the store and closes it cleanly.
    void write(std::vector<Row> rows) {
        const auto store = open();
        store->start({});
        store->append(1, std::move(rows));
        if (!store->close_clean({}, 30s)) throw std::runtime_error{"not closed cleanly"};
    }

private:
    std::unique_ptr<StoreBackend> backend_ = GetParam().create();
};

}  // namespace taktd::testing
