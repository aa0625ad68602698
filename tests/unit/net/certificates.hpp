// SPDX-License-Identifier: Apache-2.0
// Certificates made at test time with OpenSSL, so that none in the tree ever expires.
#pragma once

#include <string>

namespace taktd::test {

struct Certificate {
    std::string names = "DNS:localhost";              ///< subjectAltName, as OpenSSL writes it
    long valid_from_s = -3600, valid_until_s = 3600;  ///< relative to now
};

/// A directory that goes with its owner.
class TemporaryDirectory {
public:
    TemporaryDirectory();
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

/// Writes ca.pem, and cert.pem with key.pem signed by that authority (or, `self_signed`, by itself).
void write_certificate(const TemporaryDirectory& directory, const Certificate& certificate, bool self_signed = false);

}  // namespace taktd::test
