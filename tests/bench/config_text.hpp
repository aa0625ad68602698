// SPDX-License-Identifier: Apache-2.0
// A config of many jobs as an operator's generator would write it: one account, cron schedules, each job a task of its
// own.
#pragma once

#include <string>

namespace taktd::bench {

struct ConfigText {
    std::size_t jobs = 0;
    std::string endpoint = "https://cfg.tencentcloudapi.com";
    std::string store = "/var/lib/taktd/taktd.db";
    bool templated = false;  ///< what the jobs share stands in a template and in the defaults
};

std::string config_text(const ConfigText& text);

}  // namespace taktd::bench
