// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/config_text.hpp"

namespace taktd::bench {

std::string config_text(const ConfigText& text) {
    std::string yaml =
        "version: 1\n"
        "time_zone: Asia/Shanghai\n"
        "store: {path: " +
        text.store +
        "}\n"
        "providers:\n"
        "  chaos:\n"
        "    type: tencent-cfg\n"
        "    endpoint: " +
        text.endpoint +
        "\n"
        "    credentials: {secret_id: \"${env:TAKTD_BENCH_SECRET}\", secret_key: \"${env:TAKTD_BENCH_SECRET}\"}\n";
    if (text.templated) {
        yaml +=
            "defaults: {start_grace: 30s, owner: platform, labels: {tier: \"1\"}}\n"
            "templates:\n"
            "  drill:\n"
            "    provider: chaos\n"
            "    task: {start_by: execute_task}\n"
            "    stop: {after: 30m, is_expect: true, summary: \"{job}: ended on schedule\"}\n";
    }
    yaml += "jobs:\n";
    for (std::size_t i = 0; i < text.jobs; ++i) {
        yaml += "  drill-" + std::to_string(i) + ":\n" +
                (text.templated ? "    use: drill\n" : "    provider: chaos\n") +
                "    task: {task_id: " + std::to_string(1'000'000 + i) + "}\n" + "    start: \"" +
                std::to_string(i % 60) + " " + std::to_string(i / 60 % 24) + " * * MON-FRI\"\n";
        if (!text.templated) yaml += "    stop: {after: 30m, is_expect: true, summary: \"{job}: ended on schedule\"}\n";
    }
    return yaml;
}

}  // namespace taktd::bench
