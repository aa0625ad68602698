#include "daemon/ctl/feed/event_reader.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace taktd::ctl {
namespace {

bool is_same_word(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ') || text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

}  // namespace

std::optional<AnswerHead> read_head(std::string_view head) {
    constexpr std::string_view kVersion = "HTTP/1.1 ";
    constexpr std::size_t kDigits = 3;
    if (!head.starts_with(kVersion)) return std::nullopt;
    AnswerHead answer;
    const std::string_view status = head.substr(kVersion.size(), kDigits);
    const auto [end, error] = std::from_chars(status.data(), status.data() + status.size(), answer.status);
    if (error != std::errc{} || end != status.data() + kDigits) return std::nullopt;
    for (std::size_t begin = 0; begin < head.size();) {
        const std::size_t line_end = std::min(head.find('\n', begin), head.size());
        const std::string_view line = head.substr(begin, line_end - begin);
        const std::size_t colon = std::min(line.find(':'), line.size());
        const std::string_view value = line.substr(std::min(colon + 1, line.size()));
        if (is_same_word(line.substr(0, colon), "transfer-encoding"))
            answer.is_chunked = is_same_word(trimmed(value), "chunked");
        begin = line_end + 1;
    }
    return answer;
}

bool ChunkReader::read(std::string_view bytes, std::string& body) {
    while (!bytes.empty() && part_ != Part::end) {
        if (part_ == Part::data) {
            const std::size_t taken = std::min(left_, bytes.size());
            body.append(bytes.substr(0, taken));
            bytes.remove_prefix(taken);
            left_ -= taken;
            if (left_ == 0) part_ = Part::data_end;
            continue;
        }
        const char c = bytes.front();
        bytes.remove_prefix(1);
        if (part_ == Part::data_end) {
            if (c == '\n')
                part_ = Part::size;
            else if (c != '\r')
                return false;
        } else if (c == '\n') {
            if (!read_size()) return false;
        } else if (c != '\r') {
            if (size_text_.size() >= kSizeTextMax) return false;
            size_text_ += c;
        }
    }
    return true;
}

bool ChunkReader::read_size() {
    constexpr int kHex = 16;
    const char* end = size_text_.data() + size_text_.size();
    const auto [stopped, error] = std::from_chars(size_text_.data(), end, left_, kHex);
    if (error != std::errc{} || stopped != end) return false;
    size_text_.clear();
    part_ = left_ == 0 ? Part::end : Part::data;
    return true;
}

bool EventReader::read(std::string_view text, std::vector<ToldEvent>& events) {
    for (const char c : text) {
        if (c == '\n') {
            read_line(line_, events);
            line_.clear();
        } else if (line_.size() + event_.data.size() < kEventBytesMax) {
            line_ += c;
        } else {
            return false;
        }
    }
    return true;
}

void EventReader::read_line(std::string_view line, std::vector<ToldEvent>& events) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) {
        if (!event_.id.empty()) last_id_ = event_.id;
        if (!event_.name.empty()) events.push_back(std::move(event_));
        event_ = {};
        return;
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view field = line.substr(0, colon);
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "id") event_.id = value;
    if (field == "event") event_.name = value;
    if (field == "data") event_.data.append(event_.data.empty() ? "" : "\n").append(value);
}

void EventReader::begin_anew() {
    line_.clear();
    event_ = {};
}

}  // namespace taktd::ctl
