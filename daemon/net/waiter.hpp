// SPDX-License-Identifier: Apache-2.0
// A coroutine that waits, with others, for what one of them brings: its timer is in their list for as long as it lives,
// cancelled or not. Whoever brings it cancels all timers of the list.
#pragma once

#include <list>

#include <boost/asio/steady_timer.hpp>

#include "daemon/net/async.hpp"

namespace taktd {

struct Waiter {
    std::list<asio::steady_timer*>& list;
    std::list<asio::steady_timer*>::iterator self;
    Waiter(std::list<asio::steady_timer*>& l, asio::steady_timer& timer) : list{l}, self{l.insert(l.end(), &timer)} {}
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() { list.erase(self); }
};

}  // namespace taktd
