// SPDX-License-Identifier: Apache-2.0
// Whole pages of output, kept as files beside the tests that make them: what they say is read as it is shown, and a
// change of words is a diff of prose.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace taktd::test {

/// Whether `actual` is what the file says, byte for byte; its path begins in tests/. With TAKTD_UPDATE_GOLDEN=1 in the
/// environment the file is written instead.
inline void expect_golden(const std::string& actual, const std::string& path) {
    const std::filesystem::path file = std::filesystem::path{TAKTD_SOURCE_DIR} / "tests" / path;
    const char* update = std::getenv("TAKTD_UPDATE_GOLDEN");
    if (update != nullptr && std::string{update} == "1") {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream out{file, std::ios::binary};
        out << actual;
        out.close();
        EXPECT_TRUE(out) << "cannot write " << file;
        return;
    }
    std::ifstream in{file, std::ios::binary};
    const std::string expected{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(actual, expected) << "is not what tests/" << path << " says" << (in.is_open() ? "" : " (there is none)")
                                << ". If it is meant to be, run the test with TAKTD_UPDATE_GOLDEN=1 and read the diff.";
}

}  // namespace taktd::test
