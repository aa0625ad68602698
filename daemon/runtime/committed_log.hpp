// SPDX-License-Identifier: Apache-2.0
// Turns committed rows into log lines: what the log says has happened is on the disk.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/model/rows.hpp"
#include "daemon/log/log.hpp"
#include "daemon/runtime/follower.hpp"

namespace taktd {

/// One line, ready but for the text of its fields.
struct LogLine {
    log::Level level = log::Level::info;
    std::string message;
    std::vector<std::pair<std::string, std::string>> fields;
};

/// The lines of one step's rows, in their order. Lines that the log would not write are left out.
std::vector<LogLine> digest(const std::vector<Row>& rows);

class CommittedLog final : public Follower {
public:
    void on_committed(const std::vector<Row>& rows) override;
    void on_overdue(const OverdueWatch::Overdue& stop) override;
};

}  // namespace taktd
