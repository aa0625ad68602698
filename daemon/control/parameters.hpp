// SPDX-License-Identifier: Apache-2.0
// The parameters of a request, each asked for by name; one that nobody asks for is an error, as a misspelt member is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/control/problem.hpp"
#include "daemon/core/model/rows.hpp"

namespace taktd::control {

class Parameters {
public:
    static constexpr int kPageMax = 1000;
    static constexpr int kPageDefault = 100;

    explicit Parameters(std::map<std::string, std::string> given) : given_{std::move(given)} {}

    /// Empty is as good as absent.
    std::optional<std::string> text(const std::string& name);
    int limit();
    std::optional<WallTime> instant(const std::string& name);
    bool flag(const std::string& name);
    std::optional<RunState> state(const std::string& name);
    std::vector<RunState> states(const std::string& name);  ///< with commas between them
    template <class Enum>
    std::optional<Enum> word(const std::string& name) {
        const auto written = text(name);
        if (!written) return std::nullopt;
        const auto value = parse_name<Enum>(*written);
        if (!value) complain("there is no " + name + " '" + *written + "'");
        return value;
    }
    /// A label as name=value.
    std::optional<std::string> label();

    /// Only the first complaint is told.
    void complain(std::string what);
    std::optional<Problem> problem() const;

private:
    std::map<std::string, std::string> given_;
    std::vector<std::string> known_;
    std::optional<Problem> problem_;
};

}  // namespace taktd::control
