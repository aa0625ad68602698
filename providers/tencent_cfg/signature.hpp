// SPDX-License-Identifier: Apache-2.0
// TC3-HMAC-SHA256, the signature of Tencent Cloud's API 3.0, for a POST to `/`. A pure function of its input; the
// vendor's published vectors pin it in tests/unit/providers/tencent_cfg_signature_test.cpp.
#pragma once

#include <cstdint>
#include <string>

#include "daemon/core/base/secret.hpp"

namespace taktd::tencent_cfg {

struct Tc3Input {
    std::string secret_id;
    Secret secret_key;
    std::string service;         ///< "cfg"
    std::int64_t timestamp = 0;  ///< Unix seconds, as X-TC-Timestamp says; the scope's day is this instant's in UTC
    std::string host;            ///< byte for byte as the Host header says
    std::string content_type;    ///< byte for byte as sent
    std::string action;          ///< signed as x-tc-action; empty: left out of the signed headers
    std::string body;
};

struct Tc3Signature {
    std::string canonical_request, string_to_sign;  ///< intermediate values, for tests
    std::string signature;
    std::string authorization;  ///< the header's value
};

Tc3Signature sign_tc3(const Tc3Input& input);

}  // namespace taktd::tencent_cfg
