// SPDX-License-Identifier: Apache-2.0
// An authority and one server certificate under it.
#include "tests/unit/net/certificates.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace taktd::test {

namespace {

struct Free {
    void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
    void operator()(X509* p) const { X509_free(p); }
    void operator()(std::FILE* p) const { std::fclose(p); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Cert = std::unique_ptr<X509, Free>;

void check(bool good) {
    if (!good) throw std::runtime_error{"OpenSSL could not make a test certificate"};
}

void extend(X509* cert, X509* issuer, int id, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
    check(extension != nullptr);
    X509_add_ext(cert, extension, -1);
    X509_EXTENSION_free(extension);
}

Cert make(EVP_PKEY* key, const std::string& name, X509* issuer, EVP_PKEY* issuer_key, const Certificate& wanted) {
    static long serial = 1;
    Cert cert{X509_new()};
    X509_set_version(cert.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), wanted.valid_from_s);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), wanted.valid_until_s);
    X509_set_pubkey(cert.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* by = issuer != nullptr ? issuer : cert.get();
    X509_set_issuer_name(cert.get(), X509_get_subject_name(by));
    const bool is_authority = wanted.names.empty();
    extend(cert.get(), by, NID_basic_constraints, is_authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (!is_authority) extend(cert.get(), by, NID_subject_alt_name, wanted.names);
    check(X509_sign(cert.get(), issuer_key, EVP_sha256()) > 0);
    return cert;
}

template <class Write>
void write(const std::string& path, Write write_to) {
    std::unique_ptr<std::FILE, Free> file{std::fopen(path.c_str(), "w")};
    check(file != nullptr && write_to(file.get()) == 1);
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "taktd-net-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"mkdtemp"};
    path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void write_certificate(const TemporaryDirectory& directory, const Certificate& certificate, bool self_signed) {
    const Key ca_key{EVP_EC_gen("P-256")}, key{EVP_EC_gen("P-256")};
    Certificate authority;
    authority.names.clear();
    const Cert ca = make(ca_key.get(), "taktd test authority", nullptr, ca_key.get(), authority);
    const Cert cert = self_signed ? make(key.get(), "self", nullptr, key.get(), certificate)
                                  : make(key.get(), "server", ca.get(), ca_key.get(), certificate);
    write(directory.file("ca.pem"), [&](std::FILE* f) { return PEM_write_X509(f, ca.get()); });
    write(directory.file("cert.pem"), [&](std::FILE* f) { return PEM_write_X509(f, cert.get()); });
    write(directory.file("key.pem"),
          [&](std::FILE* f) { return PEM_write_PrivateKey(f, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

}  // namespace taktd::test
