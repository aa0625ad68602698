// The three sources of secrets. Bytes go from the source into a Secret without a copy that outlives the call; every
// error names the reference and what to do, never a value.
#include "daemon/settings/secrets.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <sys/stat.h>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "daemon/settings/values/references.hpp"

namespace taktd {
namespace {

constexpr std::size_t kSecretBytesMax = 64 * 1024;

class File {
public:
    // O_NONBLOCK: a pipe of that name must not hang the daemon.
    explicit File(const std::string& path) : fd_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)} {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    int fd() const { return fd_; }

private:
    int fd_;
};

/// A token on one line, or lines that are handed over as they are.
enum class Form : std::uint8_t { token, lines };

std::string system_text(int error) { return std::generic_category().message(error); }

/// A secret goes into HTTP headers, where a line break would begin a second one; and what has a space in it is no key
/// but a key and something else. Refused here, it is read anew by the next attempt.
Result<Secret> checked(std::string value, const std::string& reference, Form form) {
    if (form == Form::lines) {
        if (value.empty()) return unexpected<std::string>{reference + " is empty"};
        return Secret{std::move(value)};
    }
    if (value.ends_with('\n')) value.pop_back();
    if (value.ends_with('\r')) value.pop_back();
    bool plain = true;
    for (const char c : value) plain = plain && c > ' ' && c < '\x7F';
    Secret secret{std::move(value)};
    if (secret.empty()) return unexpected<std::string>{reference + " is empty"};
    if (!plain)
        return unexpected<std::string>{reference +
                                       " holds a line break, a space or another character that no key has; write the "
                                       "key alone, on one line"};
    return secret;
}

Result<Secret> read_file(const std::string& path, const std::string& reference, bool must_be_private, Form form) {
    const File file{path};
    if (file.fd() < 0) return unexpected<std::string>{reference + " cannot be read: " + system_text(errno)};
    struct stat info {};
    if (::fstat(file.fd(), &info) != 0)
        return unexpected<std::string>{reference + " cannot be read: " + system_text(errno)};
    if (!S_ISREG(info.st_mode)) return unexpected<std::string>{reference + " is not a regular file"};
    if (must_be_private && (info.st_mode & (S_IRGRP | S_IROTH)) != 0) {
        return unexpected<std::string>{reference + " may be read by others; run: chmod 600 " + path};
    }
    // The size is the file's to claim (procfs says 0), so one byte more than is allowed is asked for.
    std::string value(kSecretBytesMax + 1, '\0');
    std::size_t filled = 0;
    while (filled < value.size()) {
        const ssize_t got = ::read(file.fd(), value.data() + filled, value.size() - filled);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unexpected<std::string>{reference + " cannot be read: " + system_text(errno)};
        if (got == 0) break;
        filled += static_cast<std::size_t>(got);
    }
    if (filled > kSecretBytesMax) return unexpected<std::string>{reference + " is larger than 64 KiB"};
    value.resize(filled);
    return checked(std::move(value), reference, form);
}

Result<Secret> read_env(const std::string& name, const std::string& reference, Form form) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return unexpected<std::string>{reference + " is not set in the environment of this process"};
    return checked(value, reference, form);
}

Result<Secret> read_credential(const std::string& name, const std::string& reference, Form form) {
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr || *directory == '\0') {
        return unexpected<std::string>{reference + " needs $CREDENTIALS_DIRECTORY; set LoadCredential=" + name +
                                       ":/path in the systemd unit"};
    }
    // The directory is private to the service; systemd sets the modes within. What it loads from a directory
    // (LoadCredential=taktd:/etc/taktd/credentials) bears that one's name in front.
    const std::string own = std::string{directory} + "/" + name;
    const std::string shared = std::string{directory} + "/taktd_" + name;
    const bool is_shared = ::access(own.c_str(), F_OK) != 0 && ::access(shared.c_str(), F_OK) == 0;
    return read_file(is_shared ? shared : own, reference, false, form);
}

Result<Secret> read(const std::string& reference, Form form) {
    const auto parsed = parse_reference(reference);
    if (!parsed) return unexpected<std::string>{"a credential " + parsed.error()};
    switch (parsed->kind) {
        case Reference::Kind::env: return read_env(parsed->target, reference, form);
        case Reference::Kind::file: return read_file(parsed->target, reference, true, form);
        case Reference::Kind::credential: break;
    }
    return read_credential(parsed->target, reference, form);
}

}  // namespace

Result<Secret> read_secret(const std::string& reference) { return read(reference, Form::token); }
Result<Secret> read_private_key(const std::string& reference) { return read(reference, Form::lines); }

Result<std::map<std::string, Secret>> read_credentials(const std::map<std::string, std::string>& references) {
    std::map<std::string, Secret> secrets;
    for (const auto& [name, reference] : references) {
        auto secret = read_secret(reference);
        if (!secret) return unexpected<std::string>{name + ": " + secret.error()};
        secrets.emplace(name, std::move(*secret));
    }
    return secrets;
}

bool is_secret_reference(const std::string& text) { return parse_reference(text).has_value(); }

}  // namespace taktd
