// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/commands/run_reference.hpp"

#include "daemon/report/time_text.hpp"

namespace taktd::ctl {

using namespace report;

Result<RunId, Answer> find_run(Queries& queries, const std::string& text, const Context& context) {
    const std::size_t at = text.rfind('@');
    Result<RunId> found;
    if (at == std::string::npos) {
        found = queries.find_run(text);
    } else {
        const auto time = parse_instant(std::string_view{text}.substr(at + 1), context.now, *context.zone);
        if (!time) return unexpected{failure(time.error(), kUsage)};
        found = queries.find_run(text.substr(0, at), *time);
    }
    if (!found) return unexpected{failure(found.error())};
    return *found;
}

}  // namespace taktd::ctl
