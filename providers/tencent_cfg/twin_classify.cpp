// SPDX-License-Identifier: Apache-2.0
// By X-TC-Action and `Status`.
#include "providers/tencent_cfg/twin_classify.hpp"

#include <boost/json.hpp>

#include "providers/json_values.hpp"

namespace taktd::tencent_cfg_twin {

TwinCall classify(const HttpRequest& request) {
    TwinCall call;
    const auto name = find_header(request.headers, "X-TC-Action").value_or("");
    const auto body = parse_json(request.body);
    const auto* root = body ? &*body : nullptr;
    const auto* id = member(root, "TaskId");
    if (id != nullptr && id->is_array()) {
        for (const auto& each : id->get_array())
            if (auto text = id_of(&each)) call.task_ids.push_back(*text);
    } else if (auto text = id_of(id)) {
        call.task_ids.push_back(*text);
    }
    if (name == "DescribeTask" || name == "DescribeTaskList") call.action = Action::query;
    if (name == "ExecuteTask") call.action = Action::start;
    if (name == "CreateTaskFromTemplate") call.action = Action::prepare;
    if (name == "TriggerPolicy") call.action = Action::heal;
    if (name != "ModifyTaskRunStatus") return call;
    const auto status = integer_of(member(root, "Status"));
    if (status == 1002) call.action = Action::start;  // or a resume: the vendor has one number for both
    if (status == 1003) call.action = Action::pause;
    if (status == 1004) call.action = Action::stop;
    return call;
}

}  // namespace taktd::tencent_cfg_twin
