// One function per vendor: CPTS by path and `status`, CFG by X-TC-Action and `Status`.
#include "providers/simcloud/classify.hpp"

#include <boost/json.hpp>

#include "providers/json_values.hpp"
#include "providers/simcloud/options.hpp"

namespace taktd::simcloud {

namespace {

namespace json = boost::json;

// POST /v1/{project}/test-suites/{suite}/tasks/{task} with status 9 or 2; GET /v1/{project}/tasks/{task}
SimCall classify_cpts(const HttpRequest& request) {
    const auto path = split(request.target.substr(0, request.target.find('?')), '/');
    SimCall call;
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

SimCall classify_cfg(const HttpRequest& request) {
    SimCall call;
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

}  // namespace

SimCall classify(const std::string& provider_type, const HttpRequest& request) {
    if (provider_type == "huawei-cpts") return classify_cpts(request);
    if (provider_type == "tencent-cfg") return classify_cfg(request);
    return {};
}

}  // namespace taktd::simcloud
