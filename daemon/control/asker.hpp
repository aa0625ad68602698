// SPDX-License-Identifier: Apache-2.0
// Who asks, and what a route wants of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace taktd::control {

/// What somebody may do.
enum class Role : std::uint8_t { viewer, operator_ };
std::string_view name_of(Role role);
std::optional<Role> parse_role(std::string_view name);

/// What a route wants. `socket`: it is served on the Unix socket only.
enum class Need : std::uint8_t { nobody, viewer, operator_, socket };
/// As the table writes it: `-`, `viewer`, `operator`, `socket`.
std::string_view name_of(Need need);

/// By which way somebody came: the Unix socket, a token of the config, a session of the dashboard; or another program,
/// by a hook.
enum class Via : std::uint8_t { socket, token, page, hook };
std::string_view name_of(Via via);

/// Somebody who got in; without a role where the route wants nobody.
struct Asker {
    std::string actor{};
    Via via = Via::socket;
    std::optional<Role> role{};
};

}  // namespace taktd::control
