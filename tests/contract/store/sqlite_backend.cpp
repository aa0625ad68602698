// SPDX-License-Identifier: Apache-2.0
// SQLite's store, held to the contract.
#include "tests/contract/store/store_contract.hpp"
#include "tests/unit/store/support.hpp"

namespace taktd::testing {
namespace {

class SqliteBackend final : public StoreBackend {
public:
    std::unique_ptr<Store> open() override { return open_store(directory_.path()); }
    std::unique_ptr<Queries> queries() override { return std::make_unique<Reader>(open_reader(directory_.path())); }

private:
    StoreDirectory directory_;
};

std::unique_ptr<StoreBackend> create_sqlite_backend() { return std::make_unique<SqliteBackend>(); }

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, ::testing::Values(StoreBackendEntry{"sqlite", create_sqlite_backend}));

}  // namespace
}  // namespace taktd::testing
