// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checks/trace.hpp"

namespace taktd::sim {

void Trace::add(const std::string& text) {
    lines_.push_back(time_() + " " + text);
    if (lines_.size() > kLinesMax) lines_.pop_front();
}

std::string Trace::tail(std::size_t lines) const {
    std::string text;
    const std::size_t from = lines_.size() > lines ? lines_.size() - lines : 0;
    for (std::size_t i = from; i < lines_.size(); ++i) text += lines_[i] + "\n";
    return text;
}

}  // namespace taktd::sim
