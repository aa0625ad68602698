// SPDX-License-Identifier: Apache-2.0
// One mapping written over another, as DESIGN has it for jobs, templates and defaults: maps merge by key, scalars and
// lists replace, and of alternatives (`after` or `at`) the one on top drops the others. Keys and values stay the nodes
// that they were, so that each still knows where it stands.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "daemon/core/model/adapter_schema.hpp"
#include "daemon/settings/yaml/yaml_document.hpp"

namespace taktd {

bool is_when_done(const YamlNode& node);

/// `stop: when_done` as the mapping {when_done: true}, at the same place.
struct WhenDone {
    explicit WhenDone(const YamlNode& scalar);
    WhenDone(const WhenDone&) = delete;
    WhenDone& operator=(const WhenDone&) = delete;
    YamlNode key, yes, mapping;
};

class Merger {
public:
    /// A job's mapping over `base`. `schema` (null: not known) says what the alternatives under `task` are. Mappings
    /// that are inherited whole stand at `at`: what they lack is the job's to add. Nodes live as long as the Merger.
    const YamlNode* merge_job(const YamlNode& own, const YamlNode& base, const AdapterSchema* schema, Position at);

private:
    /// Keys of which one set excludes the other sets.
    using Alternatives = std::vector<std::vector<std::string>>;

    const YamlNode* merge(const YamlNode& own, const YamlNode& base, const Alternatives& alternatives);
    const YamlNode* as_mapping(const YamlNode& stop);

    std::deque<YamlNode> nodes_;
    std::deque<WhenDone> when_done_;
};

}  // namespace taktd
