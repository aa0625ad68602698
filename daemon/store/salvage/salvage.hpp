// SPDX-License-Identifier: Apache-2.0
// `taktctl salvage`: what can be read of a damaged store, in a new one. The damaged file is only read. A run that may
// be running stays owed its stop, in doubt too; a hold keeps the new store from starting anything; what was lost is
// told line by line. How the pages are read: raw_pages.hpp; how histories with holes are mended: mend_runs.hpp.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daemon/core/base/result.hpp"
#include "daemon/core/base/time.hpp"

namespace taktd {

struct SalvageRequest {
    std::string from, to;  ///< `to` must not exist
    std::string actor;     ///< of the hold
    WallTime now;
};

struct SalvageReport {
    std::map<std::string, std::uint64_t> copied;  ///< rows by table
    std::uint64_t owed = 0;                       ///< runs that are owed a stop
    std::vector<std::string> lost, repaired;      ///< sentences
};

/// The error is a sentence for the operator; there is no new store then.
Result<SalvageReport> salvage_store(const SalvageRequest& request);

}  // namespace taktd
