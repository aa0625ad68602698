// SPDX-License-Identifier: Apache-2.0
// Every failure comes back in the system's own words.
#include "daemon/settings/source/file_access.hpp"

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <system_error>

#include <fcntl.h>
#include <glob.h>
#include <unistd.h>

namespace taktd {
namespace {

std::string system_text(int error) { return std::generic_category().message(error); }

class OpenFile {
public:
    OpenFile(const std::string& path, int flags) : fd_{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | flags)} {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() {
        if (fd_ >= 0) ::close(fd_);
    }
    int fd() const { return fd_; }

private:
    int fd_;
};

Result<FileText> read_all(int fd, const struct stat& info, std::size_t bytes_max) {
    FileText file;
    file.identity = std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
    constexpr std::size_t kChunk = 1 << 16;
    while (file.text.size() <= bytes_max) {
        const std::size_t before = file.text.size();
        const std::size_t wanted = std::min(kChunk, bytes_max + 1 - before);
        file.text.resize(before + wanted);
        const ssize_t got = ::read(fd, file.text.data() + before, wanted);
        file.text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return unexpected{system_text(errno)};
        if (got == 0) break;
    }
    return file;
}

std::string kind_text(mode_t mode) {
    if (S_ISFIFO(mode)) return "a pipe";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

thread_local int unreadable_folder_error = 0;

/// A folder that is not there matches nothing; one that cannot be looked into is told.
int on_glob_error(const char* /*path*/, int error) {
    if (error == ENOENT || error == ENOTDIR) return 0;
    unreadable_folder_error = error;
    return 1;
}

}  // namespace

Result<FileText> read_main_file(const std::string& path, std::size_t bytes_max) {
    const OpenFile file{path, 0};
    struct stat info {};
    if (file.fd() < 0 || ::fstat(file.fd(), &info) != 0) return unexpected{system_text(errno)};
    return read_all(file.fd(), info, bytes_max);
}

Result<FileText> read_regular_file(const std::string& path, std::size_t bytes_max) {
    const OpenFile file{path, O_NONBLOCK};
    struct stat info {};
    if (file.fd() < 0 || ::fstat(file.fd(), &info) != 0) return unexpected{system_text(errno)};
    if (S_ISDIR(info.st_mode)) return unexpected{system_text(EISDIR)};
    if (!S_ISREG(info.st_mode)) return unexpected{"Not a regular file but " + kind_text(info.st_mode)};
    return read_all(file.fd(), info, bytes_max);
}

bool is_pattern(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }

Result<std::vector<std::string>> match_files(const std::string& pattern) {
    glob_t found{};
    unreadable_folder_error = 0;
    const int code = ::glob(pattern.c_str(), GLOB_NOSORT, on_glob_error, &found);
    std::vector<std::string> paths;
    for (std::size_t i = 0; code == 0 && i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
    ::globfree(&found);
    if (code != 0 && code != GLOB_NOMATCH) {
        return unexpected{system_text(unreadable_folder_error != 0 ? unreadable_folder_error : ENOMEM)};
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace taktd
