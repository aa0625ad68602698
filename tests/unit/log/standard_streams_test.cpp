// SPDX-License-Identifier: Apache-2.0
// Closed standard descriptors are filled, open ones are left alone.
#include "daemon/log/standard_streams.hpp"

#include <array>
#include <sys/stat.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace taktd::log {
namespace {

/// Keeps the real ones while a test closes some.
class Kept {
public:
    Kept() {
        for (int fd = 0; fd < 3; ++fd) copies_[static_cast<std::size_t>(fd)] = ::fcntl(fd, F_DUPFD_CLOEXEC, 10);
    }
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;
    ~Kept() {
        for (int fd = 0; fd < 3; ++fd) {
            const int copy = copies_[static_cast<std::size_t>(fd)];
            ::dup2(copy, fd);
            ::close(copy);
        }
    }

private:
    std::array<int, 3> copies_{};
};

bool is_null_device(int fd) {
    struct stat about {
    }, null{};
    return ::fstat(fd, &about) == 0 && ::stat("/dev/null", &null) == 0 && about.st_rdev == null.st_rdev &&
           S_ISCHR(about.st_mode);
}

TEST(StandardStreams, ClosedStreams_BecomeTheNullDevice_AndLaterFilesComeBehind) {
    bool all_null = true;
    int later = 0;
    {
        const Kept kept;
        for (const int fd : {0, 1, 2}) ::close(fd);
        occupy_standard_streams();
        for (const int fd : {0, 1, 2}) all_null = all_null && is_null_device(fd);
        later = ::open("/", O_RDONLY | O_CLOEXEC);
        ::close(later);
    }
    EXPECT_TRUE(all_null);
    EXPECT_GT(later, 2);
}

TEST(StandardStreams, OneGap_IsFilledAndTheOthersStay) {
    struct stat before {
    }, after{};
    bool filled = false;
    {
        const Kept kept;
        ::fstat(2, &before);
        ::close(1);
        occupy_standard_streams();
        filled = is_null_device(1);
        ::fstat(2, &after);
    }
    EXPECT_TRUE(filled);
    EXPECT_EQ(before.st_ino, after.st_ino);
}

}  // namespace
}  // namespace taktd::log
