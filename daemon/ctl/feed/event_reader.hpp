// SPDX-License-Identifier: Apache-2.0
// The lines of text/event-stream become events. It is given text as it came, cut anywhere.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace taktd::ctl {

/// An event as it was told; its data is one JSON document.
struct ToldEvent {
    std::string id{}, name{}, data{};
};

class EventReader {
public:
    static constexpr std::size_t kEventBytesMax = 16 * 1024 * 1024;

    /// Adds to `events` what is complete. False: an event is beyond every measure.
    bool read(std::string_view text, std::vector<ToldEvent>& events);
    /// The last id that came, also with no event; empty: none.
    const std::string& last_id() const { return last_id_; }
    /// A new connection: what was cut off is forgotten, the id is not.
    void begin_anew();

private:
    void read_line(std::string_view line, std::vector<ToldEvent>& events);

    std::string line_, last_id_;
    ToldEvent event_;
};

}  // namespace taktd::ctl
