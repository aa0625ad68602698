// SPDX-License-Identifier: Apache-2.0
// yaml-cpp's events into YamlNodes. Its own node graph is not used: events tell the quoting and the place of each
// value, and let the limits stop the parser at the first value too many.
#include "daemon/settings/yaml/yaml_document.hpp"

#include <algorithm>
#include <istream>
#include <map>
#include <optional>
#include <streambuf>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "daemon/settings/source/limits.hpp"
#include "daemon/settings/yaml/yaml_syntax.hpp"

namespace taktd {
namespace {

/// Ends the parse from inside an event; the finding has been made.
struct ParseStopped {};

/// Reads the text where it lies.
class ViewBuffer : public std::streambuf {
public:
    explicit ViewBuffer(const std::string& text) {
        char* begin = const_cast<char*>(text.data());  // the interface wants char*; a get area is only read
        setg(begin, begin, begin + text.size());
    }
};

/// yaml-cpp takes the end of the file for the closing quote, so a file cut short inside one would load.
bool is_quote_unclosed(std::string_view text) {
    const char quote = text.empty() ? '\0' : text.front();
    if (quote != '"' && quote != '\'') return false;  // a block scalar
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\') {
            ++at;
        } else if (text[at] == quote) {
            const bool doubled = quote == '\'' && at + 1 < text.size() && text[at + 1] == quote;
            if (!doubled) return false;
            ++at;
        }
    }
    return true;
}

constexpr std::size_t kTextBytesPerValue = 64;

}  // namespace

class YamlBuilder : public YAML::EventHandler {
public:
    YamlBuilder(YamlDocument& document, Findings& findings, int file, std::size_t values_max)
        : document_{document}, findings_{findings}, file_{file}, values_max_{values_max} {}

    const YamlNode* last_quoted() const { return last_quoted_; }
    Position place_of(const YAML::Mark& mark) const {
        return {.file = file_, .line = mark.line, .column = mark.column};
    }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ == 1) return;
        stop(place_of(mark), "a second YAML document begins here; a config is one document, remove the '---'");
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        YamlNode& node = make(YamlNode::Kind::null, mark, anchor);
        // A value that is not there has the place of whatever comes next; what lacks it is its key.
        const YamlNode* key = waiting_key();
        if (key != nullptr && key->at.line != node.at.line) node.at = key->at;
        add(node, {.values = 1, .height = 0});
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        YamlNode& node = make(YamlNode::Kind::scalar, mark, anchor);
        node.text = value;
        node.values = 1 + value.size() / kTextBytesPerValue;
        node.quoted = tag == "!";
        if (node.quoted) last_quoted_ = &node;
        refuse_tag(mark, tag);
        add(node, {.values = node.values, .height = 0});
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end())
            stop(place_of(mark), "this alias names nothing; write the anchor '&name' before it");
        const auto& weight = weights_[found->second];
        if (!weight) stop(place_of(mark), "this alias is inside what it names; write the value out");
        add(*found->second, *weight, place_of(mark));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        open(YamlNode::Kind::sequence, mark, tag, anchor);
    }
    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        open(YamlNode::Kind::mapping, mark, tag, anchor);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapEnd() override {
        check_keys(*open_.back().node);
        close();
    }

private:
    /// What a node counts with all its aliases replaced.
    struct Weight {
        std::size_t values = 1;
        int height = 0;  // levels of collections
    };
    struct Open {
        YamlNode* node;
        Weight weight;
    };

    [[noreturn]] void stop(Position at, std::string message) {
        findings_.error(at, std::move(message));
        throw ParseStopped{};
    }

    /// Of the mapping that is open: the key whose value comes next.
    const YamlNode* waiting_key() const {
        if (open_.empty() || !open_.back().node->is_mapping()) return nullptr;
        const auto& children = open_.back().node->children;
        return children.size() % 2 == 1 ? children.back() : nullptr;
    }

    YamlNode& make(YamlNode::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
        YamlNode& node = document_.nodes_.emplace_back();
        node.kind = kind;
        node.at = place_of(mark);
        if (anchor != 0) {
            anchors_[anchor] = &node;
            weights_[&node] = std::nullopt;
        }
        return node;
    }

    void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
        if (tag.empty() || tag == "!" || tag == "?") return;
        findings_.error(place_of(mark), "a YAML tag has no meaning here; remove it and keep the value");
    }

    void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        refuse_tag(mark, tag);
        YamlNode& node = make(kind, mark, anchor);
        open_.push_back({.node = &node, .weight = {}});
        refuse_depth(node.at, 0);
    }

    void close() {
        const Open closed = open_.back();
        open_.pop_back();
        closed.node->values = closed.weight.values;
        add(*closed.node, {.values = closed.weight.values, .height = closed.weight.height + 1});
    }

    void refuse_depth(Position at, int height) {
        if (static_cast<int>(open_.size()) + height <= kNestingMax) return;
        stop(at, "nested deeper than " + std::to_string(kNestingMax) + " levels");
    }

    void add(const YamlNode& node, Weight weight) { add(node, weight, node.at); }
    void add(const YamlNode& node, Weight weight, Position at) {
        remember_weight(node, weight);
        if (open_.empty()) {
            document_.root_ = &node;
            return;
        }
        refuse_depth(at, weight.height);
        Open& parent = open_.back();
        parent.node->children.push_back(&node);
        parent.weight.values += weight.values;
        parent.weight.height = std::max(parent.weight.height, weight.height);
        if (parent.weight.values > values_max_) {
            stop(at, "more than " + std::to_string(kYamlValuesMax) + " values with every alias written out");
        }
    }

    void remember_weight(const YamlNode& node, Weight weight) {
        if (weights_.empty()) return;
        const auto found = weights_.find(&node);
        if (found != weights_.end()) found->second = weight;
    }

    void check_keys(const YamlNode& mapping) {
        std::vector<const YamlNode*> keys;
        for (std::size_t i = 0; i + 1 < mapping.children.size(); i += 2) {
            const YamlNode* key = mapping.children[i];
            if (!key->is_scalar()) {
                stop(key->at, "a key must be plain text");
            }
            if (key->text == "<<" && !key->quoted) {
                findings_.error(key->at,
                                "'<<' is not supported; put what is shared under 'templates' and write "
                                "'use: NAME' into the job");
            }
            keys.push_back(key);
        }
        std::stable_sort(keys.begin(), keys.end(),
                         [](const YamlNode* a, const YamlNode* b) { return a->text < b->text; });
        const YamlNode* first = nullptr;
        for (const YamlNode* key : keys) {
            if (first == nullptr || first->text != key->text) {
                first = key;
                continue;
            }
            findings_.error(key->at, "duplicate key " + findings_.quoted(key->at, key->text) +
                                         "; it is already in line " + std::to_string(first->at.line + 1));
        }
    }

    YamlDocument& document_;
    Findings& findings_;
    int file_;
    std::size_t values_max_;
    int documents_ = 0;
    const YamlNode* last_quoted_ = nullptr;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, const YamlNode*> anchors_;
    std::map<const YamlNode*, std::optional<Weight>> weights_;  // of anchored nodes; none while the node is open
};

Position position_in(const YamlNode& node, std::size_t offset, const Findings& findings) {
    if (node.at.line < 0) return node.at;
    const std::string_view line = findings.source(node.at.file).line(node.at.line);
    const auto column = static_cast<std::size_t>(node.at.column);
    if (column >= line.size()) return node.at;
    const std::size_t start = line[column] == '"' || line[column] == '\'' ? column + 1 : column;
    if (line.substr(start, node.text.size()) != node.text) return node.at;
    Position at = node.at;
    at.column = static_cast<int>(start + std::min(offset, node.text.size()));
    return at;
}

YamlDocument YamlDocument::parse(Findings& findings) {
    std::size_t values_left = kYamlValuesMax;
    return parse(findings, 0, values_left);
}

YamlDocument YamlDocument::parse(Findings& findings, int file, std::size_t& values_left) {
    YamlDocument document;
    const SourceText& source = findings.source(file);
    YamlBuilder builder{document, findings, file, values_left};
    ViewBuffer buffer{source.text()};
    std::istream stream{&buffer};
    try {
        YAML::Parser parser{stream};
        // The second call finds a second document, which the builder refuses; a third is not made: after some errors
        // yaml-cpp would find documents for ever.
        if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
        const YamlNode* last = builder.last_quoted();
        if (last != nullptr && is_quote_unclosed(std::string_view{source.text()}.substr(source.offset_of(last->at)))) {
            document.root_ = nullptr;
            findings.distrust_layout(file);
            findings.error(last->at, "this quote is never closed; write the closing quote");
        }
    } catch (const ParseStopped&) {
        // Reported where it was thrown.
    } catch (const YAML::Exception& e) {
        document.root_ = nullptr;
        report_syntax(builder.place_of(e.mark), e.msg, findings);
    } catch (const std::exception&) {
        document.root_ = nullptr;
        findings.error({.file = file}, "this is not YAML that can be read");
    }
    if (document.root_ != nullptr) values_left -= std::min(values_left, document.root_->values);
    return document;
}

}  // namespace taktd
