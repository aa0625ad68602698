// SPDX-License-Identifier: Apache-2.0
// A YAML file as a tree that knows where everything stands. Depth, size, duplicate keys, aliases and `<<` are already
// dealt with, so whoever walks the tree may recurse. yaml-cpp is seen by yaml_document.cpp alone.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/settings/report/findings.hpp"

namespace taktd {

/// Values in all files of a config with every alias replaced by what it names; an alias bomb ends here. A long text
/// counts as several.
inline constexpr std::size_t kYamlValuesMax = 4'000'000;
/// The same with templates and defaults written out in every job.
inline constexpr std::size_t kMergedValuesMax = 10'000'000;

struct YamlNode {
    enum class Kind : std::uint8_t { null, scalar, sequence, mapping };
    Kind kind = Kind::null;
    bool quoted = false;  ///< a scalar in quotes or a block scalar
    Position at;
    std::size_t values = 1;                 ///< what it counts with every alias replaced
    std::string text;                       ///< of a scalar
    std::vector<const YamlNode*> children;  ///< of a mapping: key, value, key, value; every key is a scalar

    bool is_scalar() const { return kind == Kind::scalar; }
    bool is_mapping() const { return kind == Kind::mapping; }
    bool is_sequence() const { return kind == Kind::sequence; }
};

/// Where byte `offset` of a scalar's text stands in the file; the scalar's own place if it is not written there
/// literally.
Position position_in(const YamlNode& node, std::size_t offset, const Findings& findings);

/// Owns its nodes; aliased nodes are shared, not copied.
class YamlDocument {
public:
    /// The file of that number. What is wrong goes to `findings`; after a syntax error root() is null.
    /// `values_left` is what the documents of one config may hold together.
    static YamlDocument parse(Findings& findings, int file, std::size_t& values_left);
    static YamlDocument parse(Findings& findings);

    const YamlNode* root() const { return root_; }

private:
    friend class YamlBuilder;
    std::deque<YamlNode> nodes_;
    const YamlNode* root_ = nullptr;
};

}  // namespace taktd
