// SPDX-License-Identifier: Apache-2.0
// Ids as tests write them: "call"_call, "run"_run. A name of up to 16 characters is an id's bytes, so names that differ
// are ids that differ, and ids sort as their names do.
#pragma once

#include <cstdlib>
#include <string_view>

#include "daemon/core/model/model.hpp"

namespace taktd::test {

constexpr Uuid uuid_of(std::string_view name) {
    std::uint64_t words[2] = {0, 0};
    if (name.size() > 16) std::abort();  // a test's own words are never in doubt
    for (std::size_t i = 0; i < 16; ++i) {
        const std::uint64_t byte = i < name.size() ? static_cast<unsigned char>(name[i]) : 0U;
        words[i / 8] = words[i / 8] << 8U | byte;
    }
    return {words[0], words[1]};
}
constexpr RunId run_of(std::string_view name) { return RunId{uuid_of(name)}; }
constexpr CallId call_of(std::string_view name) { return CallId{uuid_of(name)}; }

inline namespace id_literals {
constexpr RunId operator""_run(const char* name, std::size_t size) { return run_of({name, size}); }
constexpr CallId operator""_call(const char* name, std::size_t size) { return call_of({name, size}); }
}  // namespace id_literals

}  // namespace taktd::test
