// SPDX-License-Identifier: Apache-2.0
// The configs that taktd ships load without an error or a warning, and what the commented one says of defaults is so.
// That it names every key is held by tests/integration/test_config_docs.py.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/settings/settings_support.hpp"

namespace taktd {
namespace {

std::string text_of(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

const std::filesystem::path kConfig = std::filesystem::path{TAKTD_SOURCE_DIR} / "config";

TEST(Examples, Examples_LoadWithoutAWord) {
    std::vector<std::filesystem::path> files = {kConfig / "taktd.yaml"};
    for (const auto& entry : std::filesystem::directory_iterator{kConfig / "examples"}) {
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    EXPECT_GE(files.size(), 4u);
    for (const auto& file : files) {
        const auto result = load_settings(file.string(), test::context());
        EXPECT_TRUE(result.diagnostics.empty()) << test::all_text(result);
        ASSERT_TRUE(result.settings) << file;
        EXPECT_FALSE(result.settings->config->jobs.empty()) << file;
    }
}

TEST(Examples, Examples_SayTheDefaultsAsTheyAre) {
    // Each `# key: value` that stands at its default may be uncommented without changing what the file says.
    const std::vector<std::string> kDefaults = {
        "timeout",    "poll_interval", "settle",      "baseline",     "foreign",
        "rate_limit", "cluster_type",  "cluster_id",  "network_info", "without_package",
        "time_zone",  "max_duration",  "start_grace", "misfire",      "min_window",
        "overlap",    "retry",         "on_removal",  "enabled",      "enterprise_project_id",
        "start_by",   "on_abort",      "pause_after", "heal",         "heal_within"};
    std::istringstream lines{text_of(kConfig / "taktd.yaml")};
    std::string text;
    int uncommented = 0;
    for (std::string line; std::getline(lines, line);) {
        const auto mark = line.find("# ");
        const bool commented = mark != std::string::npos && mark == line.find_first_not_of(' ') && mark > 0;
        const std::string rest = commented ? line.substr(mark + 2) : std::string{};
        const auto colon = rest.find(": ");
        const bool is_default =
            colon != std::string::npos && std::ranges::find(kDefaults, rest.substr(0, colon)) != kDefaults.end();
        if (is_default) {
            text += line.substr(0, mark) + rest + "\n";
            ++uncommented;
        } else {
            text += line + "\n";
        }
    }
    EXPECT_GE(uncommented, 20);
    const auto with = test::load(text);
    const auto without = load_settings((kConfig / "taktd.yaml").string(), test::context());
    ASSERT_TRUE(with.settings) << test::all_text(with);
    ASSERT_TRUE(without.settings);
    for (const auto& [name, provider] : without.settings->config->providers) {
        EXPECT_EQ(*with.settings->config->providers.at(name), *provider) << name;
    }
    for (const auto& [name, job] : without.settings->config->jobs) {
        const Job& other = *with.settings->config->jobs.at(name);
        EXPECT_EQ(other.task, job->task) << name;
        EXPECT_EQ(other.heal_within, job->heal_within) << name;
        const auto first = next_due(job->schedule, WallTime{});
        EXPECT_EQ(next_due(other.schedule, WallTime{}), first) << name;
        const WallTime start = first.value_or(WallTime{});  // by hand only: any instant will do
        const Window a = window_of(*job, start), b = window_of(other, start);
        EXPECT_EQ(a.start_grace, b.start_grace) << name;
        EXPECT_EQ(a.min_window, b.min_window) << name;
        EXPECT_EQ(a.stop_due, b.stop_due) << name;
        EXPECT_EQ(a.max_end, b.max_end) << name;
        EXPECT_EQ(other.retry, job->retry) << name;
        EXPECT_EQ(other.misfire, job->misfire) << name;
        EXPECT_EQ(other.enabled, job->enabled) << name;
    }
}

}  // namespace
}  // namespace taktd
