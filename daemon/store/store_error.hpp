// SPDX-License-Identifier: Apache-2.0
// What is thrown where a store cannot be read.
#pragma once

#include <stdexcept>

namespace taktd {

/// The store's content is broken or unreadable; the text is for the operator.
struct StoreError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace taktd
