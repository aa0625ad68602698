// SPDX-License-Identifier: Apache-2.0
// What simcloud's command line says about providers and tasks, each in one short text, so that the admin endpoint takes
// the same texts while it runs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/provider.hpp"

namespace taktd::simcloud {

inline constexpr auto kDefaultAccessKey = "SIMCLOUDACCESSKEY";
inline constexpr auto kDefaultSecretKey = "simcloud-secret-key";
inline constexpr auto kDefaultScope = "0123456789abcdef0123456789abcdef";
inline constexpr std::size_t kTaskRangeMax = 100'000;

struct Listen {
    std::string address = "127.0.0.1";
    unsigned short port = 0;  ///< 0: any free one
};

struct ProviderOptions {
    std::string type;
    std::string name;  ///< names it in rules, tasks and the truth; the type by default
    Listen listen;
    TwinOptions twin;
};

struct TaskOptions {
    std::string provider;
    TwinTask twin;
    /// Two starts that take effect nearer to each other than this are of one occurrence: a doubled start.
    std::optional<Duration> starts_apart;
};

struct TemplateOptions {
    std::string provider;
    TwinTemplate twin;
};

/// `500ms 10s 5m 2h`
Result<Duration> parse_duration(std::string_view text);
/// `127.0.0.1:8401`, `[::1]:0`
Result<Listen> parse_listen(std::string_view text);
/// `TYPE[,name=N][,listen=HOST:PORT][,access_key=K][,secret_key=S][,token=T][,scope=P][,rate=10/s|off][,burst=N][,unsigned]`
Result<ProviderOptions> parse_provider(std::string_view text);
/// `PROVIDER:ID[..ID][,name=N][,ends_after=D][,waits=D][,stopping=D][,fails][,once][,apart=D]`, one task for each id
Result<std::vector<TaskOptions>> parse_tasks(std::string_view text);
/// `PROVIDER:ID[..ID][,groups=N]` and what stands behind a task, but `apart`: how tasks made from it behave.
Result<std::vector<TemplateOptions>> parse_templates(std::string_view text);

std::vector<std::string> split(std::string_view text, char at);

}  // namespace taktd::simcloud
