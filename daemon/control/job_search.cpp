// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/job_search.hpp"

#include <sstream>

namespace taktd::control {

bool has_words(const std::string& name, const std::string& part) {
    std::istringstream words{part};
    for (std::string word; words >> word;) {
        if (name.find(word) == std::string::npos) return false;
    }
    return true;
}

bool JobSearch::is_about(const Job& each) const {
    if (job && each.name != *job) return false;
    if (names && !names->contains(each.name)) return false;
    if (part && !has_words(each.name, *part)) return false;
    if (provider && each.provider->name != *provider) return false;
    return !label || each.bears(*label);
}

JobPage page_of(const Config& config, const JobSearch& search) {
    JobPage page;
    for (auto each = search.after ? config.jobs.upper_bound(*search.after) : config.jobs.begin();
         each != config.jobs.end(); ++each) {
        if (!search.is_about(*each->second)) continue;
        page.has_more = page.jobs.size() == search.limit;
        if (page.has_more) break;
        page.jobs.push_back(each->second);
    }
    return page;
}

std::shared_ptr<const std::set<std::string>> names_with(const Config& config, const std::string& label) {
    auto names = std::make_shared<std::set<std::string>>();
    const JobSearch search{.label = label};
    for (const auto& [name, job] : config.jobs) {
        if (search.is_about(*job)) names->insert(name);
    }
    return names;
}

}  // namespace taktd::control
