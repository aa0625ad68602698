// SPDX-License-Identifier: Apache-2.0
// What is said of a request that was not carried out: a problem document (RFC 9457) with a sentence that says what to
// do.
#pragma once

#include <optional>
#include <string>

#include <boost/json.hpp>

#include "daemon/core/base/result.hpp"
#include "daemon/net/http.hpp"

namespace taktd::control {

namespace json = boost::json;

struct Problem {
    int status = 500;
    std::string code;      ///< what a program looks at: "state", "no_such_run", ...
    std::string detail;    ///< for people
    json::object extra{};  ///< further members
};

template <class T>
using Answered = Result<T, Problem>;

/// As the API answers; with `Retry-After` where waiting helps.
HttpResponse response_of(const Problem& problem);
HttpResponse json_response(int status, const json::object& body);

Problem malformed(std::string detail);
Problem store_problem(std::string detail);

}  // namespace taktd::control
