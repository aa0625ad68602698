// SPDX-License-Identifier: Apache-2.0
// Expected outcomes are values: Result<T> is a T or the reason why there is none.
#pragma once

#include <string>

#include <tl/expected.hpp>

namespace taktd {

template <class T, class E = std::string>
using Result = tl::expected<T, E>;
using tl::unexpected;

}  // namespace taktd
