// Entries by key, in the order of the keys: decisions must not depend on hashing (R14).
#pragma once

#include <map>
#include <string>
#include <utility>

namespace taktd {

template <class Entry>
class Book {
public:
    /// Null: there is none. Stays good until that entry is erased.
    Entry* find(const std::string& key) {
        const auto found = entries_.find(key);
        return found == entries_.end() ? nullptr : &found->second;
    }
    const Entry* find(const std::string& key) const {
        const auto found = entries_.find(key);
        return found == entries_.end() ? nullptr : &found->second;
    }
    bool contains(const std::string& key) const { return entries_.contains(key); }
    Entry& at(const std::string& key) { return entries_.at(key); }
    const Entry& at(const std::string& key) const { return entries_.at(key); }

    /// The one that is there, else the given one.
    Entry& add(const std::string& key, Entry entry = {}) {
        return entries_.try_emplace(key, std::move(entry)).first->second;
    }
    void erase(const std::string& key) { entries_.erase(key); }

    auto begin() { return entries_.begin(); }
    auto end() { return entries_.end(); }
    auto begin() const { return entries_.begin(); }
    auto end() const { return entries_.end(); }
    auto upper_bound(const std::string& key) { return entries_.upper_bound(key); }
    auto upper_bound(const std::string& key) const { return entries_.upper_bound(key); }
    std::size_t size() const { return entries_.size(); }

private:
    std::map<std::string, Entry> entries_;
};

}  // namespace taktd
