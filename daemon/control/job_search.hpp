// SPDX-License-Identifier: Apache-2.0
// Which jobs of a config are asked for. A config may have a hundred thousand, so they are looked through on a worker's
// thread.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/core/model/job.hpp"

namespace taktd::control {

struct JobSearch {
    std::optional<std::string> job = {}, part = {}, provider = {}, label = {}, after = {};  ///< `label`: name=value
    std::optional<std::set<std::string>> names = {};                                        ///< of these alone
    std::size_t limit = 1;

    bool is_about(const Job& each) const;
};

struct JobPage {
    std::vector<JobPtr> jobs;
    bool has_more = false;
};

/// Whether a job's name holds each of the words in `part`.
bool has_words(const std::string& name, const std::string& part);

JobPage page_of(const Config& config, const JobSearch& search);
/// The names of all that bear a label.
std::shared_ptr<const std::set<std::string>> names_with(const Config& config, const std::string& label);

}  // namespace taktd::control
