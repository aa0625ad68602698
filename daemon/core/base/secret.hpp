// SPDX-License-Identifier: Apache-2.0
// A secret value in a type that cannot print itself: no conversion, no stream operator; whoever needs the bytes says
// so.
#pragma once

#include <string>
#include <utility>

namespace taktd {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_{std::move(value)} {}
    Secret(const Secret&) = default;
    Secret& operator=(const Secret&) = default;
    Secret(Secret&&) noexcept = default;
    Secret& operator=(Secret&&) noexcept = default;
    ~Secret() { wipe(); }

    /// For a signature, and nothing else.
    const std::string& reveal() const { return value_; }
    std::size_t size() const { return value_.size(); }
    bool empty() const { return value_.empty(); }
    bool operator==(const Secret&) const = default;

private:
    void wipe() {
        volatile char* p = value_.data();
        for (std::size_t i = 0; i < value_.size(); ++i) p[i] = 0;
    }
    std::string value_;
};

}  // namespace taktd
