// SPDX-License-Identifier: Apache-2.0
// By path and `status`.
#include "providers/huawei_cpts/twin_classify.hpp"

#include <boost/json.hpp>

#include "providers/json_values.hpp"

namespace taktd::huawei_cpts {

std::vector<std::string> segments_of(const std::string& target) {
    std::vector<std::string> segments{""};
    for (const char c : target.substr(0, target.find('?'))) {
        if (c == '/')
            segments.emplace_back();
        else
            segments.back().push_back(c);
    }
    return segments;
}

// POST /v1/{project}/test-suites/{suite}/tasks/{task} with status 9 or 2; GET /v1/{project}/tasks/{task}
TwinCall classify(const HttpRequest& request) {
    const auto path = segments_of(request.target);
    TwinCall call;
    if (path.size() < 3 || path[path.size() - 2] != "tasks") return call;
    call.task_ids.push_back(path.back());
    if (request.method == "GET") call.action = Action::query;
    if (request.method != "POST") return call;
    const auto body = parse_json(request.body);
    const auto status = integer_of(member(body ? &*body : nullptr, "status"));
    if (status == 9) call.action = Action::start;
    if (status == 2) call.action = Action::stop;
    return call;
}

}  // namespace taktd::huawei_cpts
