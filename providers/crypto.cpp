// SPDX-License-Identifier: Apache-2.0
#include "providers/crypto.hpp"

#include <array>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

namespace taktd {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
std::string_view view_of(const Digest& digest) { return {reinterpret_cast<const char*>(digest.data()), digest.size()}; }

}  // namespace

std::string sha256_hex(std::string_view bytes) {
    Digest digest{};
    SHA256(bytes_of(bytes), bytes.size(), digest.data());
    return hex(view_of(digest));
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    // HMAC() takes a null key as "reuse the last one", so an empty key still needs an address.
    const auto* key_bytes = key.empty() ? "" : key.data();
    Digest digest{};
    unsigned int length = 0;
    if (HMAC(EVP_sha256(), key_bytes, static_cast<int>(key.size()), bytes_of(bytes), bytes.size(), digest.data(),
             &length) == nullptr) {
        throw std::runtime_error{"OpenSSL has no HMAC-SHA-256"};
    }
    return std::string{view_of(digest)};
}

std::string hex(std::string_view bytes) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 15U];
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
