// Turns committed rows into log lines: what the log says has happened is on the disk. A step is digested when its rows
// are handed to the store and told when they are durable.
#pragma once

#include <string>
#include <vector>

#include "daemon/core/model/rows.hpp"
#include "daemon/log/log.hpp"

namespace taktd {

/// One line, ready but for the text of its fields.
struct LogLine {
    log::Level level = log::Level::info;
    std::string message;
    std::vector<std::pair<std::string, std::string>> fields;
};

/// The lines of one step's rows, in their order. Lines below the log's level are left out.
std::vector<LogLine> digest(const std::vector<Row>& rows);

void write(const LogLine& line);

}  // namespace taktd
