// SPDX-License-Identifier: Apache-2.0
// What every fuzz target says when a property does not hold: its words and the input it concerns, then it aborts, so
// that libFuzzer keeps the input and ctest turns red.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace taktd::fuzz {

inline void require(bool holds, std::string_view property, std::string_view shown = {}) {
    if (holds) return;
    std::fprintf(stderr, "property broken: %.*s\n%.*s\n", static_cast<int>(property.size()), property.data(),
                 static_cast<int>(shown.size()), shown.data());
    std::abort();
}

/// FNV-1a: a target's own small choices follow from the input alone, so that an input repeats.
inline unsigned long long hash_of(std::string_view bytes) {
    unsigned long long hash = 14695981039346656037ULL;
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return hash;
}

}  // namespace taktd::fuzz
