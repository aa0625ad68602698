// SPDX-License-Identifier: Apache-2.0
// YAML -> Settings. Reports every error at once, each with file:line:column, the source line, a caret and what to write
// instead. The only folder that sees yaml-cpp. It checks references to secrets and never reads one (secrets.hpp does).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/base/result.hpp"
#include "daemon/core/model/adapter_schema.hpp"
#include "daemon/core/model/job.hpp"
#include "daemon/settings/notify.hpp"
#include "daemon/settings/report/diagnostic.hpp"
#include "daemon/settings/source/file_text.hpp"
#include "daemon/settings/source/limits.hpp"

namespace taktd {

/// `control.http`: the API on TCP. Tokens and the key are references.
struct HttpSettings {
    std::string listen;   ///< as written: "127.0.0.1:8484", "[::1]:8484"
    std::string address;  ///< without the port and without brackets; or "localhost"
    unsigned short port = 0;
    std::string operator_token{}, viewer_token{};  ///< empty: there is none
    std::vector<std::string> hosts{};              ///< what a reverse proxy calls us
    bool is_metrics_open = false;
    std::string certificate{}, key{};  ///< a path and a reference; empty: no TLS
    bool operator==(const HttpSettings&) const = default;
};

struct Settings {
    std::string store_path = "/var/lib/taktd/taktd.db";
    Duration retention = std::chrono::hours{24 * 90};
    std::string control_socket = "/run/taktd/control.sock";
    std::optional<HttpSettings> http{};
    std::vector<NotifyTarget> notify{};
    std::string time_zone = "UTC";
    bool lists_jobs = false;  ///< `jobs` is there and no empty value; `jobs: {}` says that there are to be none
    ConfigPtr config;  ///< ProviderSpec::account is "type|endpoint|<reference of the key id>" until secrets are read
};

/// One key of a job after merging.
struct ResolvedKey {
    std::string path;   ///< "stop.after", "start[1].cron"
    std::string yaml;   ///< its line, indented within the job; a mapping's keys follow
    std::string value;  ///< as YAML; empty: a mapping
    std::string file;
    int line = 0;      ///< 0: nobody wrote it, it is taktd's default
    std::string note;  ///< what such a default follows from
};

struct LoadResult {
    std::optional<Settings> settings;                ///< none if there is an error
    std::string store_path = Settings{}.store_path;  ///< what the file says of it, also where the rest is wrong
    std::vector<Diagnostic> diagnostics;
    std::vector<std::string> files;     ///< that were read, the config itself first
    std::vector<ResolvedKey> resolved;  ///< of LoadContext::resolve_job; empty if there is none or it has an error
    bool has_errors() const;
};

struct LoadContext {
    std::vector<AdapterSchema> adapters;
    std::function<ZonePtr(const std::string& name)> find_zone;  ///< null if there is no such zone
    std::function<std::vector<std::string>()> zone_names;       ///< for "did you mean"; may be empty
    std::function<std::optional<std::string>(const std::string&)>
        get_env;                ///< for ${env:} in region, endpoint, project_id
    std::string resolve_job{};  ///< whose keys are wanted after merging
    /// The config itself. load_settings() reads whatever the operator names, a pipe too, where this is not set.
    std::function<Result<FileText>(const std::string& path, std::size_t bytes_max)> read_main{};
    /// Included files. load_settings() takes the system's where these are not set; load_settings_text() finds none.
    std::function<Result<FileText>(const std::string& path, std::size_t bytes_max)> read_file{};
    std::function<Result<std::vector<std::string>>(const std::string& pattern)> find_files{};
};

LoadResult load_settings(const std::string& path, const LoadContext& context);
/// The same on text; `file` names it in the diagnostics.
LoadResult load_settings_text(const std::string& text, const std::string& file, const LoadContext& context);

}  // namespace taktd
