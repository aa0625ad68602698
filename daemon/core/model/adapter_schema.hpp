// SPDX-License-Identifier: Apache-2.0
// What an adapter lets the config say, as plain values: the loader checks against it, and the JSON Schema and the
// documentation are made from it. Each adapter describes itself once, in its `schema.cpp`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/core/model/job.hpp"

namespace taktd {

/// One parameter that stands under `task`, `stop` or in the provider. Names are the vendor's, in snake_case.
struct Parameter {
    enum class Kind : std::uint8_t {
        integer,
        boolean,
        text,
        object,
        list,     ///< `members` holds one: what each item is
        duration  ///< written as `60m`; the JSON holds whole seconds, and so do min and max
    };

    std::string name;
    Kind kind = Kind::text;
    std::string help;  ///< one sentence, for the schema and the docs
    bool required = false;
    std::optional<std::string> default_json;  ///< as JSON text; absent: left out when not given
    std::optional<std::int64_t> min, max;     ///< of an integer; of a text its length in characters
    std::vector<std::string> one_of;          ///< allowed texts; empty: any
    bool placeholders = false;                ///< {job}, {run} ... are allowed in this text
    bool before_start = false;                ///< of a text with placeholders: only run, job and provider are known
    std::vector<Parameter> members;           ///< of an object
    bool open = false;                        ///< an object that takes members not listed, as they are
    std::string must_contain;                 ///< of a text with placeholders: the one that has to stand in it
};

struct AdapterSchema {
    std::string type;  ///< "huawei-cpts"
    std::string help;

    std::vector<Parameter> provider;  ///< beyond the keys that every provider has, e.g. project_id
    std::string scope_parameter;      ///< the provider parameter that is the task key's scope; empty: none
    std::string endpoint_template;  ///< default endpoint; `{region}` makes `region` required unless `endpoint` is given
    /// Alternatives: each a set of names, `?` behind an optional one: {"access_key", "secret_key", "security_token?"}.
    std::vector<std::vector<std::string>> credential_sets;

    std::vector<Parameter> task;    ///< under `task`; also allowed, none required, under `stop.task`
    std::string task_id_parameter;  ///< the one that names the task
    /// What a run's own task is made from, instead of the parameter above; the first one names the template. Empty: the
    /// adapter has no templates. Those of `task` but `task_id_parameter` go with a template, too.
    std::vector<Parameter> prepare;
    bool shows_task_name = false;     ///< a baseline query shows it: `task.expect_name` can be checked
    std::vector<Parameter> stop;      ///< under `stop`, beside after/at
    std::vector<Parameter> on_abort;  ///< under `stop.on_abort`; empty: the adapter has none

    RateLimit default_rate_limit;
    std::optional<Duration> vendor_interval_min;  ///< spacing at the vendor's own limit: a faster one is a warning
    std::string recurring_task_warning;  ///< not empty: warn about a recurring schedule on a fixed task, unless the
                                         ///< task says `rerun: true`
    AdapterTraits traits;
};

}  // namespace taktd
