// SPDX-License-Identifier: Apache-2.0
#include "daemon/notify/command.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include "daemon/notify/mail.hpp"
#include "daemon/runtime/off_loop.hpp"

namespace taktd::notify {
namespace {

constexpr int kTryLater = 75;  // EX_TEMPFAIL of sysexits.h

class File {
public:
    explicit File(int fd) : fd_{fd} {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        if (fd_ >= 0) ::close(fd_);
    }
    int fd() const { return fd_; }

private:
    int fd_;
};

/// In memory, so that a program that does not read keeps nobody waiting.
bool fill(const File& file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file.fd(), text.data(), text.size());
        if (written < 0 && errno != EINTR) return false;
        if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::lseek(file.fd(), 0, SEEK_SET) == 0;
}

std::vector<char*> pointers_of(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

/// What the child is given: our input, silence, default signals, and a process group of its own, so that what it starts
/// ends with it.
class SpawnOptions {
public:
    explicit SpawnOptions(int input) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
        posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawnattr_init(&attributes_);
        sigset_t none, all;
        sigemptyset(&none);
        sigfillset(&all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    SpawnOptions(const SpawnOptions&) = delete;
    SpawnOptions& operator=(const SpawnOptions&) = delete;
    ~SpawnOptions() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    const posix_spawn_file_actions_t* actions() const { return &actions_; }
    const posix_spawnattr_t* attributes() const { return &attributes_; }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

/// Whether it has ended within that time.
bool has_ended(pid_t child, Duration timeout) {
    const File handle{static_cast<int>(::syscall(SYS_pidfd_open, child, 0))};
    if (handle.fd() < 0) return false;
    pollfd waited{.fd = handle.fd(), .events = POLLIN, .revents = 0};
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
    int ready = 0;
    do {
        ready = ::poll(&waited, 1, static_cast<int>(ms));
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

std::vector<std::string> addresses_in(const std::vector<std::string>& argv) {
    std::vector<std::string> addresses;
    for (const std::string& argument : argv) {
        if (argument.find('@') != std::string::npos) addresses.push_back(argument);
    }
    return addresses;
}

}  // namespace

Verdict run_command(const std::vector<std::string>& argv, const CommandInput& input, Duration timeout) {
    const std::string& program = argv.front();
    const File file{::memfd_create("taktd-notify", MFD_CLOEXEC)};
    if (file.fd() < 0 || !fill(file, input.text))
        return {.why = std::string{"no memory for its input: "} + std::strerror(errno)};
    const SpawnOptions options{file.fd()};
    pid_t child = 0;
    const int error = ::posix_spawn(&child, program.c_str(), options.actions(), options.attributes(),
                                    pointers_of(argv).data(), pointers_of(input.environment).data());
    if (error != 0) return {.kind = Verdict::Kind::setting, .why = program + " cannot be run: " + std::strerror(error)};
    const bool in_time = has_ended(child, timeout);
    if (!in_time) ::kill(-child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    if (!in_time) return {.why = program + " did not end within " + to_text(timeout) + " and was killed"};
    if (WIFSIGNALED(status)) return {.why = program + " was killed by signal " + std::to_string(WTERMSIG(status))};
    const int code = WEXITSTATUS(status);
    if (code == 0) return {.kind = Verdict::Kind::delivered};
    return {.kind = code == kTryLater ? Verdict::Kind::again : Verdict::Kind::never,
            .why = program + " ended with status " + std::to_string(code)};
}

CommandInput input_of(const NotifyTarget& target, NoticeId id, const std::string& event, const std::string& host,
                      WallTime now) {
    const Told told = told_of(event);
    CommandInput input{
        .text = event,
        .environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8",
                        "TAKTD_TYPE=" + std::string{name_of(told.type)}, "TAKTD_JOB=" + told.job,
                        "TAKTD_RUN=" + told.run, "TAKTD_SEVERITY=" + std::string{name_of(told.severity)}}};
    if (target.is_sendmail()) input.text = mail_of(told, id, addresses_in(target.argv), host, now);
    return input;
}

Async<Verdict> CommandRunner::run(asio::any_io_executor executor, std::vector<std::string> argv, CommandInput input,
                                  Duration timeout) {
    const auto verdict = std::make_shared<Verdict>();
    std::function<void()> task = [verdict, argv = std::move(argv), input = std::move(input), timeout] {
        *verdict = run_command(argv, input, timeout);
    };
    co_await off_loop(executor, worker_, std::move(task));
    co_return *verdict;
}

}  // namespace taktd::notify
