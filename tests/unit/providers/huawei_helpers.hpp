// SPDX-License-Identifier: Apache-2.0
// What the tests of huawei-cpts share: the provider's fixtures, a call, credentials, an instant.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "providers/huawei_cpts/adapter.hpp"
#include "providers/huawei_cpts/twin.hpp"

namespace taktd::huawei_cpts::testing {

inline const std::string kProject = "0123456789abcdef0123456789abcdef";
inline const std::string kTaskJson =
    R"({"test_suite_id":101,"task_id":2002,"cluster_type":"shared-cluster-internet","cluster_id":0,)"
    R"("network_info":{"network_type":"internet"},"without_package":0,"enterprise_project_id":"0"})";
/// 2025-01-02T03:04:05Z
inline constexpr WallTime kInstant{std::chrono::seconds{1735787045}};

inline std::string fixture(const std::string& name) {
    std::ifstream file{TAKTD_SOURCE_DIR "/providers/huawei_cpts/fixtures/" + name};
    EXPECT_TRUE(file.is_open()) << name;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

inline CallSpec call_of(Action action, std::string task_id = "2002", std::string parameters_json = kTaskJson) {
    auto provider = std::make_shared<ProviderSpec>();
    provider->name = "perf";
    provider->type = "huawei-cpts";
    provider->endpoint = "https://cpts.cn-east-3.myhuaweicloud.com";
    provider->scope = kProject;
    CallSpec call;
    call.action = action;
    call.provider = provider;
    call.task_ids = {std::move(task_id)};
    call.parameters_json = std::move(parameters_json);
    return call;
}

/// Invented keys, those of the vector `start-task`.
inline Credentials keys() {
    return {{"access_key", Secret{"FAKEAKEXAMPLE0000001"}},
            {"secret_key", Secret{"FakeSecretKeyForTestVectorsOnly/00000001"}}};
}

inline HttpResponse answer_of(int status, std::string body, HttpHeaders headers = {}) {
    HttpResponse response;
    response.status = status;
    response.headers = std::move(headers);
    response.body = std::move(body);
    return response;
}

}  // namespace taktd::huawei_cpts::testing
