// SPDX-License-Identifier: Apache-2.0
#include "daemon/store/sqlite/damage.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include "daemon/store/sqlite/connection.hpp"
#include "daemon/store/sqlite/row_reading.hpp"

namespace taktd {

bool tell_damage(std::vector<std::string>& damage, const std::string& what, const std::function<void()>& read) {
    try {
        read();
        return true;
    } catch (const StoreError& error) {
        damage.push_back(what + " cannot be read: " + error.what());
    } catch (const SQLite::Exception& error) {
        damage.push_back(what + " cannot be read: the store " +
                         explain_sqlite(error.getExtendedErrorCode(), error.what()));
    }
    return false;
}

}  // namespace taktd
