// SPDX-License-Identifier: Apache-2.0
// The way into the dashboard: a login code from the daemon, as an address that a browser takes. The code stands behind
// a `#`, which no browser sends to a server, so no log holds it.
#include <cstdlib>
#include <sstream>

#include "daemon/ctl/commands/commands.hpp"
#include "daemon/ctl/commands/daemon_client.hpp"
#include "daemon/ctl/commands/operator_name.hpp"

namespace taktd::ctl {
namespace {

/// `http://127.0.0.1:8484/` -> `127.0.0.1:8484`
std::string place_in(const std::string& address) {
    const std::size_t begin = address.find("://");
    if (begin == std::string::npos) return address;
    return address.substr(begin + 3, address.find('/', begin + 3) - begin - 3);
}

/// How somebody who came by SSH gets there from the machine that they sit at; empty: they did not.
std::string tunnel_to(const std::string& place) {
    const char* connection = std::getenv("SSH_CONNECTION");
    if (connection == nullptr) return {};
    std::string their_address, their_port, our_address, our_port;
    if (!(std::istringstream{connection} >> their_address >> their_port >> our_address >> our_port)) return {};
    const std::string port = place.substr(place.rfind(':') + 1);
    return "ssh -N -L " + port + ":" + place + (our_port == "22" ? "" : " -p " + our_port) + " " + operator_name() +
           "@" + our_address;
}

}  // namespace

Answer dashboard(const Options& options, const DashboardOptions& command, const Context&) {
    const auto said = ask_daemon(options, {.method = "POST",
                                           .path = "/api/v1/login-codes",
                                           .body = {{"role", command.is_viewer ? "viewer" : "operator"}}});
    if (!said) return said.error();
    if (options.json) return {.exit_code = kDone, .out = json::serialize(*said) + "\n", .err = {}};
    const std::string address = text_in(*said, "address");
    std::string text = log::escape_text(address + "#login=" + text_in(*said, "code")) + "\n";
    text += "Open it within a minute; it is good once.\n";
    if (const std::string tunnel = tunnel_to(place_in(address)); !tunnel.empty())
        text += "From the machine that you sit at, first: " + log::escape_text(tunnel) + "\n";
    return {.exit_code = kDone, .out = std::move(text), .err = {}};
}

}  // namespace taktd::ctl
