// SPDX-License-Identifier: Apache-2.0
// Entries by key, in the order of the keys: decisions must not depend on hashing (R14).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "daemon/core/base/agenda.hpp"

namespace taktd {

template <class Entry, class Key = std::string>
class Book {
public:
    /// Null: there is none. Stays good until that entry is erased.
    Entry* find(const Key& key) {
        const auto found = entries_.find(key);
        return found == entries_.end() ? nullptr : &found->second;
    }
    const Entry* find(const Key& key) const {
        const auto found = entries_.find(key);
        return found == entries_.end() ? nullptr : &found->second;
    }
    bool contains(const Key& key) const { return entries_.contains(key); }
    Entry& at(const Key& key) { return entries_.at(key); }
    const Entry& at(const Key& key) const { return entries_.at(key); }

    /// The one that is there, else the given one.
    Entry& add(const Key& key, Entry entry = {}) { return entries_.try_emplace(key, std::move(entry)).first->second; }
    void erase(const Key& key) { entries_.erase(key); }

    auto begin() { return entries_.begin(); }
    auto end() { return entries_.end(); }
    auto begin() const { return entries_.begin(); }
    auto end() const { return entries_.end(); }
    auto upper_bound(const Key& key) { return entries_.upper_bound(key); }
    auto upper_bound(const Key& key) const { return entries_.upper_bound(key); }
    std::size_t size() const { return entries_.size(); }

private:
    std::map<Key, Entry> entries_;
};

/// A book whose entries are each looked at again at some instant.
template <class Entry, class Time, class Key = std::string>
class TimedBook : public Book<Entry, Key> {
public:
    void erase(const Key& key) {
        agenda_.set(key, std::nullopt);
        Book<Entry, Key>::erase(key);
    }
    /// Nothing: it is not looked at by itself.
    void look_at(const Key& key, std::optional<Time> when) { agenda_.set(key, when); }
    Agenda<Time, Key>& agenda() { return agenda_; }
    const Agenda<Time, Key>& agenda() const { return agenda_; }

private:
    Agenda<Time, Key> agenda_;
};

}  // namespace taktd
