// SPDX-License-Identifier: Apache-2.0
// Ids as 16 bytes (RFC 9562). Their text stands only where somebody outside reads it: in the store's columns, in logs,
// JSON, commands and requests. Ids sort as their texts do, so nothing that is done in their order depends on which of
// the two is held.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace taktd {

class Uuid {
public:
    static constexpr std::size_t kTextSize = 36;
    using Text = std::array<char, kTextSize + 1>;  ///< ends in NUL

    /// The nil UUID: nobody's.
    constexpr Uuid() = default;
    /// The first 16 digits of its text, and the others.
    constexpr Uuid(std::uint64_t high, std::uint64_t low) : words_{high, low} {}
    /// Only what text() makes: lower case, with dashes. Any other spelling would not be found again under its own.
    static std::optional<Uuid> parse(std::string_view text);

    Text chars() const;
    std::string text() const { return std::string{chars().data(), kTextSize}; }

    auto operator<=>(const Uuid&) const = default;
    /// Of its end, which is all chance.
    std::size_t hash() const { return words_[1]; }

private:
    std::array<std::uint64_t, 2> words_{};  // the first counts most, as in the text
};

/// An id of one kind of thing; ids of two kinds do not mix.
template <class Tag>
class Id {
public:
    /// Nobody's; never stored or sent.
    constexpr Id() = default;
    constexpr explicit Id(Uuid uuid) : uuid_{uuid} {}
    static std::optional<Id> parse(std::string_view text) {
        const auto uuid = Uuid::parse(text);
        return uuid ? std::optional{Id{*uuid}} : std::nullopt;
    }

    Uuid::Text chars() const { return uuid_.chars(); }
    std::string text() const { return uuid_.text(); }

    auto operator<=>(const Id&) const = default;
    std::size_t hash() const { return uuid_.hash(); }
    /// For tests and streams; nothing of <ostream> is needed here.
    friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.text(); }

private:
    Uuid uuid_;
};

}  // namespace taktd

template <class Tag>
struct std::hash<taktd::Id<Tag>> {
    std::size_t operator()(const taktd::Id<Tag>& id) const noexcept { return id.hash(); }
};
