// SPDX-License-Identifier: Apache-2.0
// Who is to be looked at when, on one clock: one entry per id. Ordered containers only, so equal instants come out in
// order of the ids, the same on every machine (R14).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/core/base/time.hpp"

namespace taktd {

template <class Time, class Key = std::string>
class Agenda {
public:
    /// Replaces the entry of `id`; nothing removes it.
    void set(const Key& id, std::optional<Time> when) {
        const auto found = at_.find(id);
        if (found != at_.end()) {
            if (when && *when == found->second) return;
            order_.erase({found->second, id});
            at_.erase(found);
        }
        if (!when) return;
        at_.emplace(id, *when);
        order_.emplace(*when, id);
    }

    std::optional<Time> next() const {
        if (order_.empty()) return std::nullopt;
        return order_.begin()->first;
    }

    /// Takes out up to `max` ids due at `now`, earliest first.
    std::vector<Key> take_due(Time now, std::size_t max) {
        std::vector<Key> due;
        while (due.size() < max && !order_.empty() && order_.begin()->first <= now) {
            due.push_back(order_.begin()->second);
            at_.erase(order_.begin()->second);
            order_.erase(order_.begin());
        }
        return due;
    }

    /// Instants and ids, earliest first.
    auto begin() const { return order_.begin(); }
    auto end() const { return order_.end(); }

private:
    std::map<Key, Time> at_;
    std::set<std::pair<Time, Key>> order_;
};

}  // namespace taktd
