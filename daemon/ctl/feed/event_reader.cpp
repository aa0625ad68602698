// SPDX-License-Identifier: Apache-2.0
#include "daemon/ctl/feed/event_reader.hpp"

#include <algorithm>
#include <utility>

namespace taktd::ctl {

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
