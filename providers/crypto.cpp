// SPDX-License-Identifier: Apache-2.0
#include "providers/crypto.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

namespace taktd {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

template <std::size_t kSize>
std::string_view view_of(const std::array<unsigned char, kSize>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void require(bool has_worked) {
    if (!has_worked) throw std::runtime_error{"OpenSSL has no SHA-256"};
}

/// Of the parts, one after another. OpenSSL 3 takes longer to find an algorithm and to make a context than to hash a
/// request, so the one is found once, and each thread keeps the other.
Digest sha256(std::initializer_list<std::string_view> parts) {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
    thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                                       &EVP_MD_CTX_free};
    require(algorithm != nullptr && context && EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1);
    for (const std::string_view part : parts) require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    Digest digest{};
    require(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
    EVP_DigestInit_ex2(context.get(), algorithm, nullptr);  // overwrites what came of a key
    return digest;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) { return hex(view_of(sha256({bytes}))); }

// RFC 2104.
std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    constexpr unsigned char kInner = 0x36, kOuter = 0x5c;
    std::array<unsigned char, SHA256_CBLOCK> block{};
    if (key.size() <= block.size()) {
        std::ranges::copy(key, block.begin());
    } else {
        std::ranges::copy(sha256({key}), block.begin());
    }
    for (auto& byte : block) byte ^= kInner;
    const Digest inner = sha256({view_of(block), bytes});
    for (auto& byte : block) byte ^= kInner ^ kOuter;
    const Digest outer = sha256({view_of(block), view_of(inner)});
    OPENSSL_cleanse(block.data(), block.size());
    return std::string{view_of(outer)};
}

std::string hex(std::string_view bytes) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text(bytes.size() * 2, '\0');
    auto to = text.begin();
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        *to++ = kDigits[byte >> 4U];
        *to++ = kDigits[byte & 15U];
    }
    return text;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string base64(std::string_view bytes) {
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it with NUL
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    // It counts the padding's bytes, too.
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bytes.resize(static_cast<std::size_t>(size) - padding);
    if (base64(bytes) != text) return std::nullopt;  // blanks and stray bits pass OpenSSL
    return bytes;
}

}  // namespace taktd
