// SPDX-License-Identifier: Apache-2.0
// Reading a mapping key by key: what is taken is known, what is left over is an error with a suggestion. Also the
// readers of single values, which report and give nothing when the value is wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/base/time.hpp"
#include "daemon/settings/yaml/yaml_document.hpp"

namespace taktd {

/// PATH_MAX without its NUL; sun_path of unix(7) likewise.
inline constexpr std::size_t kPathBytesMax = 4095;
inline constexpr std::size_t kSocketPathBytesMax = 107;

/// A key with its value.
struct Field {
    const YamlNode* key = nullptr;
    const YamlNode* value = nullptr;
    explicit operator bool() const { return value != nullptr; }
    const std::string& name() const { return key->text; }
    Position at() const { return value->at; }
};

/// How much of a mapping has to be there.
enum class Completion : std::uint8_t {
    full,      ///< defaults are filled in, a required key that is missing is an error
    as_given,  ///< only what is written
    part       ///< likewise, and within what is written, too: the rest is added by merging
};

class Section {
public:
    /// `what` names the mapping in messages: "the config", "a job". A node that is no mapping is reported; a null one
    /// is taken for an empty mapping.
    Section(const YamlNode& node, std::string what, Findings& findings);

    bool is_usable() const { return usable_; }
    Position at() const { return node_.at; }

    Field take(std::string_view key);
    /// Without taking it.
    Field find(std::string_view key) const;
    /// Reports a missing key; `example` says what to write.
    Field need(std::string_view key, std::string_view example, Position missing_at);
    Field need(std::string_view key, std::string_view example) { return need(key, example, node_.at); }
    /// A key that stands elsewhere, if anywhere.
    void refuse(std::string_view key, const std::string& why);
    /// Whatever has not been taken is unknown. Keys that begin with `x-` may be let pass.
    void refuse_rest(bool x_keys_pass = false);
    /// Only of keys that `is_ours`.
    void refuse_rest(const std::function<bool(const YamlNode& key)>& is_ours);
    /// What has not been taken, without a report.
    std::vector<Field> rest() const;
    const std::vector<std::string>& known() const { return known_; }

private:
    const YamlNode& node_;
    std::string what_;
    Findings& findings_;
    bool usable_ = true;
    std::vector<std::string> known_;
    std::vector<bool> taken_;  // by entry
};

/// Any scalar as text, not empty, without control characters but tab and line feed.
std::optional<std::string> read_text(const Field& field, Findings& findings);
/// One line of at most so many bytes.
std::optional<std::string> read_path(const Field& field, std::size_t bytes_max, Findings& findings);
std::optional<std::int64_t> read_integer(const Field& field, std::int64_t min, std::int64_t max, Findings& findings);
std::optional<bool> read_bool(const Field& field, Findings& findings);
std::optional<Duration> read_duration(const Field& field, Duration min, Findings& findings);
/// The index of the text in `words`.
std::optional<std::size_t> read_choice(const Field& field, const std::vector<std::string>& words, Findings& findings);

/// What a node is, for messages: "a list", "a mapping", "nothing", "text".
std::string kind_text(const YamlNode& node);

}  // namespace taktd
