// SPDX-License-Identifier: Apache-2.0
// Clients of the API on its Unix socket: one that asks and waits, and a crowd of those, with subscribers beside them.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace taktd::bench {

/// One connection, kept.
class Asker {
public:
    explicit Asker(std::string socket) : socket_{std::move(socket)} {}
    ~Asker();
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;

    /// The status; 0: no answer.
    int ask(const std::string& path);
    const std::string& body() const { return body_; }
    /// `next` of a page, escaped for an address.
    std::string next_of(const std::string& path);

private:
    const std::string socket_;
    int fd_ = -1;
    std::string body_;
};

/// From its making to end().
class Load {
public:
    Load(const std::string& socket, std::size_t clients, std::size_t subscribers);

    struct Done {
        std::size_t answers = 0, busy = 0;
        std::uint64_t event_bytes = 0;
    };
    Done end();

private:
    void ask_on(const std::string& socket);
    void listen(const std::string& socket, std::size_t count);

    std::atomic<bool> is_over_ = false;
    std::atomic<std::size_t> answers_ = 0, busy_ = 0;
    std::atomic<std::uint64_t> event_bytes_ = 0;
    std::vector<std::thread> threads_;
};

}  // namespace taktd::bench
