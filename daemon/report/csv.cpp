// SPDX-License-Identifier: Apache-2.0
#include "daemon/report/csv.hpp"

namespace taktd::report {

std::string csv_value(std::string_view value) {
    if (value.find_first_of(",\"\r\n") == std::string_view::npos) return std::string{value};
    std::string quoted = "\"";
    for (const char c : value) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string transitions_csv(const std::vector<ToldTransition>& transitions, bool with_header) {
    std::string text = with_header ? "at,job,provider,run_id,seq,from_state,to_state,reason,actor,detail\r\n" : "";
    for (const auto& [row, job, provider] : transitions) {
        text += to_rfc3339(row.at) + "," + csv_value(job) + "," + csv_value(provider) + "," + row.run.text() + "," +
                std::to_string(row.seq) + "," + (row.from ? std::string{name_of(*row.from)} : "") + "," +
                std::string{name_of(row.to)} + "," + std::string{name_of(row.reason)} + "," + csv_value(row.actor) +
                "," + csv_value(row.detail) + "\r\n";
    }
    return text;
}

}  // namespace taktd::report
