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
    Agenda() = default;
    // Entries point into its own map.
    Agenda(const Agenda&) = delete;
    Agenda& operator=(const Agenda&) = delete;
    Agenda(Agenda&&) = default;
    Agenda& operator=(Agenda&&) = default;

    /// Replaces the entry of `id`; nothing removes it.
    void set(const Key& id, std::optional<Time> when) {
        const auto found = at_.find(id);
        if (found == at_.end()) {
            if (!when) return;
            const auto added = at_.emplace(id, *when).first;
            order_.insert({*when, &added->first});
            return;
        }
        if (when && *when == found->second) return;
        auto entry = order_.extract(Entry{found->second, &found->first});
        if (!when) {
            at_.erase(found);
            return;
        }
        found->second = *when;
        entry.value().when = *when;
        order_.insert(std::move(entry));
    }

    std::optional<Time> next() const {
        if (order_.empty()) return std::nullopt;
        return order_.begin()->when;
    }

    /// Takes out up to `max` ids due at `now`, earliest first.
    std::vector<Key> take_due(Time now, std::size_t max) {
        std::vector<Key> due;
        while (due.size() < max && !order_.empty() && order_.begin()->when <= now) {
            const Key* const id = order_.extract(order_.begin()).value().id;
            due.push_back(std::move(at_.extract(*id).key()));
        }
        return due;
    }

    struct Entry {
        Time when;
        const Key* id;
        bool operator<(const Entry& other) const { return when != other.when ? when < other.when : *id < *other.id; }
    };
    /// Instants and ids, earliest first.
    auto begin() const { return order_.begin(); }
    auto end() const { return order_.end(); }

private:
    std::map<Key, Time> at_;
    std::set<Entry> order_;
};

}  // namespace taktd
