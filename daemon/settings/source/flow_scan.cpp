// SPDX-License-Identifier: Apache-2.0
// A rough lexer of YAML's block and flow context: it knows comments, quotes and block scalars, so that brackets inside
// them do not count. Where it errs, it errs by far less than the limits leave room for.
#include "daemon/settings/source/flow_scan.hpp"

#include <vector>

#include "daemon/settings/source/limits.hpp"

namespace taktd {
namespace {

class FlowScan {
public:
    explicit FlowScan(std::string_view text) : text_{text} {}

    std::optional<FlowExcess> run() {
        while (at_ < text_.size() && !excess_) step();
        return excess_;
    }

private:
    void step() {
        const char c = text_[at_];
        if (c == '\n') return end_line();
        if (c == ' ' || c == '\t' || c == '\r') return skip(1);
        if (c == '#' && (at_ == 0 || is_space(at_ - 1))) return skip_to(text_.find('\n', at_));
        if (token_start_ && (c == '"' || c == '\'')) return skip_quoted(c);
        if (open_.empty()) return step_in_block(c);
        step_in_flow(c);
    }

    void step_in_block(char c) {
        if (!token_start_) {
            token_start_ = c == ':' && is_space(at_ + 1);
            return skip(1);
        }
        if (c == '[' || c == '{') return open();
        if (c == '&' || c == '!') {
            count();
            while (at_ < text_.size() && !is_space(at_)) ++at_;
            return;  // an anchor or a tag: the value is still to come
        }
        if (c == '|' || c == '>') return skip_block_scalar();
        token_start_ = (c == '-' || c == '?' || c == ':') && is_space(at_ + 1);
        skip(1);
    }

    void step_in_flow(char c) {
        switch (c) {
            case '[':
            case '{': return open();
            case ']':
            case '}':
                open_.pop_back();
                if (open_.empty()) indicators_ = 0;
                token_start_ = false;
                return skip(1);
            case ',':
            case ':':
            case '?':
            case '&':
            case '!':
            case '*':
                count();
                token_start_ = true;
                return skip(1);
            default: token_start_ = false; return skip(1);
        }
    }

    void open() {
        if (open_.size() < kOpenBracketsMax) open_.push_back(at_);
        count();
        token_start_ = true;
        skip(1);
        if (open_.size() < kOpenBracketsMax || excess_) return;
        excess_ = FlowExcess{.offset = open_[static_cast<std::size_t>(kNestingMax)],
                             .message = "nested deeper than " + std::to_string(kNestingMax) + " levels"};
    }

    void count() {
        if (++indicators_ <= kFlowIndicatorsMax) return;
        excess_ = FlowExcess{.offset = open_.empty() ? at_ : open_.front(),
                             .message = "this [...] or {...} is too long; write it in block style, one entry a line"};
    }

    void end_line() {
        token_start_ = true;
        if (open_.empty()) indicators_ = 0;
        skip(1);
        line_start_ = at_;
    }

    void skip_quoted(char quote) {
        if (!open_.empty()) count();
        ++at_;
        while (at_ < text_.size()) {
            if (text_[at_] == '\n') line_start_ = at_ + 1;
            if (quote == '"' && text_[at_] == '\\') {
                at_ += 2;
                continue;
            }
            if (text_[at_] == quote) {
                const bool doubled = quote == '\'' && at_ + 1 < text_.size() && text_[at_ + 1] == quote;
                if (!doubled) break;
                ++at_;
            }
            ++at_;
        }
        // In a flow collection "a""b" would be two tokens.
        token_start_ = !open_.empty();
        skip(1);
    }

    void skip_block_scalar() {
        const std::size_t parent = indent_at(line_start_);
        skip_to(text_.find('\n', at_));
        while (at_ < text_.size()) {
            const std::size_t start = at_ + 1;
            const std::size_t indent = indent_at(start);
            const bool blank = start + indent >= text_.size() || text_[start + indent] == '\n';
            if (!blank && indent <= parent) return;
            skip_to(text_.find('\n', start));
        }
    }

    std::size_t indent_at(std::size_t start) const {
        std::size_t end = start;
        while (end < text_.size() && text_[end] == ' ') ++end;
        return end - start;
    }
    bool is_space(std::size_t at) const {
        return at >= text_.size() || text_[at] == ' ' || text_[at] == '\n' || text_[at] == '\t' || text_[at] == '\r';
    }
    void skip(std::size_t bytes) { at_ += bytes; }
    void skip_to(std::size_t at) { at_ = at == std::string_view::npos ? text_.size() : at; }

    std::string_view text_;
    std::size_t at_ = 0, line_start_ = 0, indicators_ = 0;
    bool token_start_ = true;
    std::vector<std::size_t> open_;  // offsets of the brackets open here
    std::optional<FlowExcess> excess_;
};

}  // namespace

std::optional<FlowExcess> find_flow_excess(std::string_view text) { return FlowScan{text}.run(); }

}  // namespace taktd
