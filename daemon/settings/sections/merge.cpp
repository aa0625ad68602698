// SPDX-License-Identifier: Apache-2.0
// Large mappings are looked up through an index, so that merging takes time in proportion to what it reads.
#include "daemon/settings/sections/merge.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "daemon/settings/sections/tasks.hpp"

namespace taktd {
namespace {

/// Mappings up to here are searched key by key.
constexpr std::size_t kSearchedMax = 16;

class KeyIndex {
public:
    explicit KeyIndex(const YamlNode& mapping) : mapping_{mapping} {
        if (mapping.children.size() / 2 <= kSearchedMax) return;
        for (std::size_t i = 0; i + 1 < mapping.children.size(); i += 2)
            index_.try_emplace(mapping.children[i]->text, i);
    }
    /// The value, or null.
    const YamlNode* find(std::string_view key) const {
        if (!index_.empty()) {
            const auto found = index_.find(key);
            return found == index_.end() ? nullptr : mapping_.children[found->second + 1];
        }
        for (std::size_t i = 0; i + 1 < mapping_.children.size(); i += 2) {
            if (mapping_.children[i]->text == key) return mapping_.children[i + 1];
        }
        return nullptr;
    }

private:
    const YamlNode& mapping_;
    std::unordered_map<std::string_view, std::size_t> index_;
};

bool contains(const std::vector<std::string>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

}  // namespace

bool is_when_done(const YamlNode& node) { return node.is_scalar() && node.text == "when_done"; }

WhenDone::WhenDone(const YamlNode& scalar) {
    key.kind = yes.kind = YamlNode::Kind::scalar;
    mapping.kind = YamlNode::Kind::mapping;
    key.at = yes.at = mapping.at = scalar.at;
    key.text = "when_done";
    yes.text = "true";
    mapping.children = {&key, &yes};
    mapping.values = 3;
}

const YamlNode* Merger::as_mapping(const YamlNode& stop) {
    return is_when_done(stop) ? &when_done_.emplace_back(stop).mapping : &stop;
}

const YamlNode* Merger::merge(const YamlNode& own, const YamlNode& base, const Alternatives& alternatives) {
    static const Alternatives kNone;
    const KeyIndex ours{own}, theirs{base};
    YamlNode merged;
    merged.kind = YamlNode::Kind::mapping;
    merged.at = own.at;
    merged.children.reserve(own.children.size() + base.children.size());
    const auto add = [&](const YamlNode* key, const YamlNode* value) {
        merged.children.push_back(key);
        merged.children.push_back(value);
        merged.values += 1 + value->values;
    };
    for (std::size_t i = 0; i + 1 < own.children.size(); i += 2) {
        const YamlNode* value = own.children[i + 1];
        const YamlNode* below = value->is_mapping() ? theirs.find(own.children[i]->text) : nullptr;
        add(own.children[i], below != nullptr && below->is_mapping() ? merge(*value, *below, kNone) : value);
    }
    const auto is_dropped = [&](std::string_view key) {
        for (const auto& set : alternatives) {
            if (contains(set, key)) continue;
            const bool chosen = std::ranges::any_of(set, [&](const auto& k) { return ours.find(k) != nullptr; });
            const bool is_alternative =
                std::ranges::any_of(alternatives, [&](const auto& other) { return contains(other, key); });
            if (chosen && is_alternative) return true;
        }
        return false;
    };
    for (std::size_t i = 0; i + 1 < base.children.size(); i += 2) {
        const YamlNode* key = base.children[i];
        if (ours.find(key->text) == nullptr && !is_dropped(key->text)) add(key, base.children[i + 1]);
    }
    return &nodes_.emplace_back(std::move(merged));
}

const YamlNode* Merger::merge_job(const YamlNode& own, const YamlNode& base, const AdapterSchema* schema, Position at) {
    static const Alternatives kStart = {{"cron"}, {"at"}, {"every", "from"}};
    static const Alternatives kStop = {{"after"}, {"at"}, {"cron"}, {"when_done"}};
    Alternatives task;
    if (schema != nullptr && !schema->prepare.empty()) {
        task = {{schema->task_id_parameter, kRerunKey, kExpectNameKey}, {}};
        for (const Parameter& p : schema->prepare) task.back().push_back(p.name);
    }
    YamlNode merged;
    merged.kind = YamlNode::Kind::mapping;
    merged.at = own.at;
    const auto add = [&](const YamlNode* key, const YamlNode* value) {
        merged.children.push_back(key);
        merged.children.push_back(value);
        merged.values += 1 + value->values;
    };
    const KeyIndex ours{own}, theirs{base};
    for (std::size_t i = 0; i + 1 < own.children.size(); i += 2) {
        const std::string& key = own.children[i]->text;
        const YamlNode* value = own.children[i + 1];
        const YamlNode* below = theirs.find(key);
        if (key == "stop" && below != nullptr) {
            value = as_mapping(*value);
            below = as_mapping(*below);
        }
        if (below != nullptr && value->is_mapping() && below->is_mapping()) {
            value = merge(*value, *below,
                          key == "start"  ? kStart
                          : key == "stop" ? kStop
                          : key == "task" ? task
                                          : Alternatives{});
        }
        add(own.children[i], value);
    }
    for (std::size_t i = 0; i + 1 < base.children.size(); i += 2) {
        const YamlNode* key = base.children[i];
        const YamlNode* value = base.children[i + 1];
        if (ours.find(key->text) != nullptr) continue;
        if (value->is_mapping()) {
            YamlNode& inherited = nodes_.emplace_back(*value);
            inherited.at = at;
            value = &inherited;
        }
        add(key, value);
    }
    return &nodes_.emplace_back(std::move(merged));
}

}  // namespace taktd
