// SPDX-License-Identifier: Apache-2.0
// What happened in a simulated world: a hash of every event and effect, always; and lines that people read, when they
// are wanted, for they cost more than the world itself. The same seed gives the same hash, with or without lines (R14).
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "tests/simulation/checks/digest.hpp"

namespace taktd::sim {

class Trace {
public:
    static constexpr std::size_t kLinesMax = 20000;

    Trace(bool keeps_lines, std::function<std::string()> time) : keeps_{keeps_lines}, time_{std::move(time)} {}

    /// `text` is a function: it is only asked when lines are kept.
    template <class Text>
    void say(Text&& text) {
        if (keeps_) add(text());
    }
    std::string tail(std::size_t lines) const;

    Digest digest;

private:
    void add(const std::string& text);

    bool keeps_;
    std::function<std::string()> time_;
    std::deque<std::string> lines_;
};

/// The last characters of an id, as people compare them.
template <class Tag>
std::string brief(const Id<Tag>& id) {
    return "..." + id.text().substr(Uuid::kTextSize - 6);
}

}  // namespace taktd::sim
