// SPDX-License-Identifier: Apache-2.0
// What holds for every provider that makes tasks from templates, and for the names that tasks bear: a run's own task is
// made, found again by what names the run, started and stopped like any other; and no damaged answer makes or finds
// one.
#include <gtest/gtest.h>

#include "tests/contract/providers/contract_fixture.hpp"

namespace taktd::contract {
namespace {

using namespace std::chrono_literals;

class TemplateContract : public ProviderContract {
protected:
    std::string made(const std::string& run) {
        const auto result = perform(prepare(run), kNow);
        EXPECT_EQ(result.outcome, Outcome::accepted) << result.vendor_code << " " << result.vendor_message;
        EXPECT_NE(result.vendor_task_id, "");
        return result.vendor_task_id;
    }
    /// The id of the run's task, or "" if there is none.
    std::string found(const std::string& run) {
        const auto result = perform(prepare(run, true), kNow);
        EXPECT_EQ(result.outcome, Outcome::accepted) << result.vendor_code << " " << result.vendor_message;
        return result.vendor_task_id;
    }
};

TEST_P(TemplateContract, EachCall_MakesOneMoreIdleTask) {
    const auto first = made("run-1"), second = made("run-1");
    EXPECT_NE(first, second);
    ASSERT_EQ(twin_->created().size(), 2U);
    for (const auto& id : {first, second}) {
        const auto result = perform(call(Action::query, {id}), kNow);
        ASSERT_EQ(result.observations.count(id), 1U);
        EXPECT_EQ(result.observations.at(id).remote, RemoteState::idle);
        EXPECT_NE(result.observations.at(id).name.find("run-1"), std::string::npos);
    }
    EXPECT_TRUE(twin_->runs().empty());
}

TEST_P(TemplateContract, MadeTask_IsFoundByItsRunAlone) {
    EXPECT_EQ(found("run-1"), "");
    const auto other = made("run-11");  // a filter that takes parts of a title shows it for run-1, too
    const auto first = made("run-1");
    EXPECT_EQ(found("run-1"), first);
    EXPECT_EQ(found("run-11"), other);
    EXPECT_EQ(found("run-2"), "");
    const auto again = made("run-1");
    EXPECT_EQ(found("run-1"), again) << "the newest";
    EXPECT_EQ(twin_->created().size(), 3U) << "looking makes none";
}

TEST_P(TemplateContract, MadeTask_LivesLikeAnyOther) {
    const auto id = made("run-1");
    ASSERT_EQ(perform(call(Action::start, {id}), kNow).outcome, Outcome::accepted);
    EXPECT_EQ(perform(call(Action::query, {id}), kNow + 5s).observations.at(id).remote, RemoteState::running);
    ASSERT_EQ(perform(call(Action::stop, {id}), kNow + 10s).outcome, Outcome::accepted);
    EXPECT_EQ(perform(call(Action::query, {id}), kNow + 20s).observations.at(id).remote, RemoteState::stopped);
    ASSERT_EQ(twin_->runs().size(), 1U);
    EXPECT_EQ(twin_->runs().front().task_id, id);
}

TEST_P(TemplateContract, UnknownTemplate_IsRefusedForGood) {
    auto unknown = prepare("run-1");
    open_twin(credentials_);
    const auto& id = schema_.prepare.front().name;
    const auto at = unknown.parameters_json.find("\"" + id + "\":");
    ASSERT_NE(at, std::string::npos);
    unknown.parameters_json.insert(at + id.size() + 3, "9999");
    const auto result = perform(unknown, kNow);
    EXPECT_EQ(result.outcome, Outcome::refused_final) << result.vendor_code;
    EXPECT_EQ(result.vendor_task_id, "");
    EXPECT_TRUE(twin_->created().empty());
}

TEST_P(TemplateContract, TaskWithoutItsRunsName_IsNotMade) {
    for (const bool finds : {false, true}) {
        auto nameless = prepare("", finds);
        EXPECT_FALSE(adapter_->describe(nameless));
        nameless.placeholders.erase("run");
        EXPECT_FALSE(adapter_->describe(nameless));
    }
}

TEST_P(TemplateContract, TooManyCalls_AreThrottled) {
    open_twin(credentials_, {.interval = 100ms, .burst = 2});
    int throttled = 0;
    for (int i = 0; i < 50; ++i) {
        const auto result = perform(prepare("run-1"), kNow);
        if (result.outcome == Outcome::throttled) ++throttled;
    }
    EXPECT_GT(throttled, 0);
    EXPECT_EQ(twin_->created().size() + static_cast<std::size_t>(throttled), 50U);
}

TEST_P(TemplateContract, UnreadableAnswer_MakesNoTask) {
    for (const bool finds : {false, true}) {
        const auto what = prepare("run-1", finds);
        for (const char* body :
             {"", "{", "{}", "[]", "null", "<html>", "\xff\xfe", "{\"Response\":{}}", "{\"Response\":[]}"}) {
            for (const int status : {200, 500, 501, 503, 302, 0, 999}) {
                HttpResponse response;
                response.status = status;
                response.body = body;
                const auto result = adapter_->decode(what, response);
                EXPECT_EQ(result.outcome, Outcome::uncertain) << status << " " << body;
                EXPECT_EQ(result.vendor_task_id, "");
            }
        }
        made("run-1");
        const auto request = adapter_->encode(what, credentials_, kNow);
        ASSERT_TRUE(request) << request.error();
        const auto whole = twin_->handle(*request, kNow);
        for (std::size_t length = 0; length < whole.body.size(); ++length) {
            auto half = whole;
            half.body.resize(length);
            const auto result = adapter_->decode(what, half);
            EXPECT_EQ(result.outcome, Outcome::uncertain) << half.body;
            EXPECT_EQ(result.vendor_task_id, "") << half.body;
        }
    }
}

std::vector<const ProviderEntry*> entries_with_templates() {
    auto all = entries();
    std::erase_if(all, [](const ProviderEntry* entry) { return entry->create_adapter()->schema().prepare.empty(); });
    return all;
}

INSTANTIATE_TEST_SUITE_P(Registry, TemplateContract, ::testing::ValuesIn(entries_with_templates()), type_name);

class NameContract : public ProviderContract {};

TEST_P(NameContract, BaselineQuery_WhereTheSchemaSaysSo_ShowsTheTasksName) {
    if (!schema_.shows_task_name) return;
    EXPECT_EQ(observe(kNow).name, "task 1");
    TwinTask task;
    task.task_id = "1";
    task.name = "AZ-3 停电 \"night\"";
    twin_->define(task);
    EXPECT_EQ(observe(kNow).name, task.name);
    ASSERT_EQ(perform(Action::start, kNow).outcome, Outcome::accepted);
    EXPECT_EQ(observe(kNow + 5s).name, task.name);
}

INSTANTIATE_TEST_SUITE_P(Registry, NameContract, ::testing::ValuesIn(entries()), type_name);

}  // namespace
}  // namespace taktd::contract
