// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/login_names.hpp"

#include <array>
#include <memory>
#include <utility>

#include <pwd.h>

#include "daemon/runtime/off_loop.hpp"

namespace taktd::control {
namespace {

std::string look_up(std::uint32_t uid) {
    constexpr std::size_t kEntryBytesMax = 16 * 1024;
    std::array<char, kEntryBytesMax> room{};
    passwd entry{};
    passwd* found = nullptr;
    const bool is_known = ::getpwuid_r(uid, &entry, room.data(), room.size(), &found) == 0 && found != nullptr;
    if (is_known && *found->pw_name != '\0') return found->pw_name;
    return "uid " + std::to_string(uid);
}

}  // namespace

Async<std::string> LoginNames::name_of(std::uint32_t uid) {
    if (const auto known = known_.find(uid); known != known_.end()) co_return known->second;
    const auto name = std::make_shared<std::string>();
    std::function<void()> task = [name, uid] { *name = look_up(uid); };
    co_await off_loop(executor_, worker_, std::move(task));
    known_.insert_or_assign(uid, *name);
    co_return *name;
}

}  // namespace taktd::control
