// A query's parameters, each asked for by name; one that nobody asks for is an error, as a misspelt member is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/control/problem.hpp"
#include "daemon/core/base/time.hpp"

namespace taktd::control {

class Parameters {
public:
    static constexpr int kPageDefault = 100, kPageMax = 1000;

    explicit Parameters(std::map<std::string, std::string> given) : given_{std::move(given)} {}

    std::optional<std::string> text(const std::string& name);
    /// `limit`, from 1 to kPageMax.
    int limit();
    std::optional<WallTime> instant(const std::string& name);
    /// Only the first complaint is kept.
    void complain(std::string what);
    /// What is wrong; unknown parameters last.
    std::optional<Problem> problem() const;

private:
    std::map<std::string, std::string> given_;
    std::vector<std::string> known_;
    std::optional<Problem> problem_;
};

}  // namespace taktd::control
