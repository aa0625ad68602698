// SPDX-License-Identifier: Apache-2.0
// What a request to CPTS asks for: its path and what it says, read from the vendor's pages and not with the adapter's
// functions.
#pragma once

#include "providers/provider.hpp"

namespace taktd::huawei_cpts {

/// The parts of a path between slashes, without its query; the first of "/a" is empty.
std::vector<std::string> segments_of(const std::string& target);

TwinCall classify(const HttpRequest& request);

}  // namespace taktd::huawei_cpts
