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
        "    credentials: {secret_id: \"${env:TAKTD_BENCH_SECRET}\", secret_key: \"${env:TAKTD_BENCH_SECRET}\"}\n"
        "jobs:\n";
    for (std::size_t i = 0; i < text.jobs; ++i) {
        yaml += "  drill-" + std::to_string(i) + ":\n" +
                "    provider: chaos\n"
                "    task: {task_id: " +
                std::to_string(1'000'000 + i) + "}\n" + "    start: \"" + std::to_string(i % 60) + " " +
                std::to_string(i / 60 % 24) + " * * MON-FRI\"\n" +
                "    stop: {after: 30m, is_expect: true, summary: \"{job}: ended on schedule\"}\n";
    }
    return yaml;
}

}  // namespace taktd::bench
