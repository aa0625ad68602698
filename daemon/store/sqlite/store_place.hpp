// SPDX-License-Identifier: Apache-2.0
// What lies at the place of a store. Only where nothing of one lies may a store be made, and only a file that is not
// there is "no store yet": whatever cannot be looked at, or is half there, is told and never taken for nothing.
#pragma once

#include <string>

#include "daemon/core/base/result.hpp"

namespace taktd {

struct StorePlace {
    /// Without symbolic links, so that lock and log belong to the file itself whatever name it was given by.
    std::string path;
    bool is_there = false;
};

/// The error is a sentence for the operator: what was found, and what to do about it.
Result<StorePlace> locate_store(const std::string& path);

}  // namespace taktd
