// SPDX-License-Identifier: Apache-2.0
// Numbers of the kernel, also where the process bears a name that looks like fields.
#include "daemon/metrics/process_facts.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace taktd::metrics {
namespace {

TEST(ProcessFacts, Stat_IsReadBehindANameWithBlanksAndParentheses) {
    ProcessFacts facts;
    read_stat("12 (a) b)) S 1 1 1 0 -1 0 0 0 0 0 300 100 0 0 20 0 1 0 55 4096 7 0", facts);
    EXPECT_DOUBLE_EQ(facts.cpu_seconds, 400.0 / static_cast<double>(::sysconf(_SC_CLK_TCK)));
    EXPECT_DOUBLE_EQ(facts.resident_bytes, 7.0 * static_cast<double>(::sysconf(_SC_PAGESIZE)));
}

TEST(ProcessFacts, BrokenStat_IsZero) {
    for (const char* text : {"", "12 (taktd", "12 (taktd) S 1 2 3"}) {
        ProcessFacts facts;
        read_stat(text, facts);
        EXPECT_EQ(facts.cpu_seconds, 0) << text;
    }
}

TEST(ProcessFacts, ThisProcess_HasMemoryAndFiles) {
    const ProcessFacts facts = read_process_facts();
    EXPECT_GT(facts.resident_bytes, 0);
    EXPECT_GE(facts.open_fds, 3);
    EXPECT_GE(facts.max_fds, facts.open_fds);
}

}  // namespace
}  // namespace taktd::metrics
