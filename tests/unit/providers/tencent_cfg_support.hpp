// SPDX-License-Identifier: Apache-2.0
// What the tests of tencent-cfg share: a provider, credentials, calls, answers, and the fixtures.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "daemon/core/model/call.hpp"
#include "providers/provider.hpp"

namespace taktd::tencent_test {

inline std::string read_text(const std::string& path_from_root) {
    std::ifstream file{std::string{TAKTD_SOURCE_DIR} + "/" + path_from_root};
    if (!file) throw std::runtime_error{"no file " + path_from_root};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline std::string fixture(const std::string& name) { return read_text("providers/tencent_cfg/fixtures/" + name); }

inline Credentials credentials() {
    return {{"secret_id", Secret{"AKIDFAKEEXAMPLE00000000000000000001"}},
            {"secret_key", Secret{"FakeTencentSecretKeyForTestVec001"}}};
}

/// 2026-11-22T02:00:00Z, which is 10:00 in UTC+8.
inline WallTime ten_in_china() {
    using namespace std::chrono;
    return WallTime{sys_days{year{2026} / 11 / 22} + hours{2}};
}

inline ProviderSpec provider(std::string region = {}) {
    ProviderSpec p;
    p.name = "chaos";
    p.type = "tencent-cfg";
    p.endpoint = "https://cfg.tencentcloudapi.com";
    p.region = std::move(region);
    return p;
}

inline CallSpec call(Action action, std::vector<std::string> task_ids = {"1698"}, std::string parameters = "{}") {
    CallSpec c;
    c.action = action;
    c.provider = std::make_shared<const ProviderSpec>(provider());
    c.task_ids = std::move(task_ids);
    c.parameters_json = std::move(parameters);
    return c;
}

inline HttpResponse answer(std::string body, int status = 200) {
    HttpResponse r;
    r.status = status;
    r.headers = {{"Content-Type", "application/json"}, {"Date", "Sun, 22 Nov 2026 02:00:00 GMT"}};
    r.body = std::move(body);
    return r;
}

inline HttpResponse error_answer(const std::string& code, int status = 200) {
    return answer(R"({"Response":{"Error":{"Code":")" + code + R"(","Message":"words"},"RequestId":"r-1"}})", status);
}

}  // namespace taktd::tencent_test
