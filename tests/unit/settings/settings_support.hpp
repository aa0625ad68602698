// SPDX-License-Identifier: Apache-2.0
// What the settings tests share: the two adapters' schemas as the design has them (built by hand, so that these tests
// do not depend on providers/), a context with real zones, and a config that is right.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/settings/settings.hpp"

namespace taktd::test {

AdapterSchema huawei_schema();
AdapterSchema tencent_schema();
LoadContext context();

/// Settings of `text` as "taktd.yaml".
LoadResult load(const std::string& text);

/// A config of several files that stand nowhere but here; "taktd.yaml" is the first.
using Files = std::map<std::string, std::string>;
LoadContext context_with(const Files& files);
LoadResult load_files(const Files& files);

/// `first line` of each diagnostic's text, in order.
std::vector<std::string> headlines(const LoadResult& result);
std::string all_text(const LoadResult& result);

/// Two providers and three jobs, without errors.
extern const char* const kGoodConfig;

/// A config with the good providers and one job made of `job_lines`, each indented by four spaces.
std::string with_job(const std::string& job_lines);
/// The number of lines before the first job line.
inline constexpr int kLinesBeforeJob = 10;

}  // namespace taktd::test
