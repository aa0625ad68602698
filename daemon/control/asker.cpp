// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/asker.hpp"

namespace taktd::control {

std::string_view name_of(Role role) { return role == Role::viewer ? "viewer" : "operator"; }

std::optional<Role> parse_role(std::string_view name) {
    for (const Role role : {Role::viewer, Role::operator_}) {
        if (name == name_of(role)) return role;
    }
    return std::nullopt;
}

std::string_view name_of(Need need) {
    switch (need) {
        case Need::nobody: return "-";
        case Need::viewer: return "viewer";
        case Need::operator_: return "operator";
        case Need::socket: break;
    }
    return "socket";
}

std::string_view name_of(Via via) {
    switch (via) {
        case Via::socket: return "socket";
        case Via::token: return "token";
        case Via::hook: return "hook";
        case Via::page: break;
    }
    return "page";
}

}  // namespace taktd::control
