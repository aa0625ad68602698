// SPDX-License-Identifier: Apache-2.0
// In which order a host's addresses are tried. One that accepts and never answers would else keep every stop from the
// healthy one behind it: after a failure the next exchange begins at the address that follows.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "daemon/net/http.hpp"

namespace taktd {

class AddressOrder {
public:
    /// The addresses, rotated so that they begin behind the one that failed last; as given if it is not among them.
    std::vector<std::string> arranged(const Endpoint& endpoint, std::vector<std::string> addresses) const;

    /// An exchange with that address ended without an answer.
    void note_failure(const Endpoint& endpoint, const std::string& address) { failed_last_[endpoint] = address; }

private:
    std::map<Endpoint, std::string> failed_last_;  // never shrinks: as many as endpoints were ever configured
};

}  // namespace taktd
