// SPDX-License-Identifier: Apache-2.0
// Nothing here waits: connecting to a Unix socket is refused, accepted or full at once.
#include "daemon/net/unix_listener.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <utility>

#include <boost/system/system_error.hpp>
#include <unistd.h>

namespace taktd {
namespace {

using asio::local::stream_protocol;

[[noreturn]] void fail(int error) {
    throw boost::system::system_error{boost::system::error_code{error, boost::system::system_category()}};
}

/// Somebody listens there, as far as anybody can tell: only a refusal proves that nobody does.
bool is_answered(const std::string& path) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return true;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    const bool is_refused =
        ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno == ECONNREFUSED;
    ::close(fd);
    return !is_refused;
}

void clear_away_stale(const std::string& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return;
    if (!S_ISSOCK(status.st_mode)) fail(EEXIST);
    if (is_answered(path)) fail(EADDRINUSE);
    ::unlink(path.c_str());
}

}  // namespace

UnixListener::UnixListener(asio::any_io_executor executor, std::string path)
    : acceptor_{std::move(executor)}, path_{std::move(path)} {
    if (path_.empty() || path_.size() >= sizeof(sockaddr_un::sun_path)) fail(ENAMETOOLONG);
    clear_away_stale(path_);
    acceptor_.open();
    acceptor_.bind(stream_protocol::endpoint{path_});
    struct stat status {};
    if (::stat(path_.c_str(), &status) != 0) fail(errno);
    device_ = status.st_dev;
    inode_ = status.st_ino;
    if (::chmod(path_.c_str(), S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP) != 0) fail(errno);
    acceptor_.listen();
}

UnixListener::~UnixListener() {
    struct stat status {};
    if (::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_)
        ::unlink(path_.c_str());
}

}  // namespace taktd
