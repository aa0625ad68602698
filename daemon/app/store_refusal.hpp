// SPDX-License-Identifier: Apache-2.0
// Why nothing was done on the store of a daemon that should be dead.
#pragma once

#include <string>

namespace taktd {

struct StoreRefusal {
    bool is_held = false;  ///< a living daemon has the store: its runs are in good hands
    std::string why;
};

}  // namespace taktd
