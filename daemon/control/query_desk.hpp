// Where the store is asked: each question is put on a thread of its own to a reader of its own, never on the loop, and
// the reader is closed before anybody waits for anything else.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/any_io_executor.hpp>

#include "daemon/control/problem.hpp"
#include "daemon/net/async.hpp"
#include "daemon/runtime/worker.hpp"
#include "daemon/store/queries.hpp"
#include "daemon/store/store.hpp"

namespace taktd::control {

class QueryDesk {
public:
    static constexpr std::size_t kWaitingMax = 64;

    /// Worker and store outlive the loop.
    QueryDesk(asio::any_io_executor executor, Worker& worker, Store& store, std::string path)
        : executor_{std::move(executor)}, worker_{worker}, store_{store}, path_{std::move(path)} {}

    /// `question` runs on the worker's thread: it owns what it touches.
    template <class T>
    Async<Answered<T>> ask(std::function<T(Queries&)> question) {
        const auto answer = std::make_shared<std::optional<T>>();
        std::function<void(Queries&)> perform_it = [answer, question = std::move(question)](Queries& queries) {
            *answer = question(queries);
        };
        auto problem = co_await perform(std::move(perform_it));
        if (problem) co_return unexpected{std::move(*problem)};
        co_return std::move(**answer);
    }

private:
    Async<std::optional<Problem>> perform(std::function<void(Queries&)> question);

    asio::any_io_executor executor_;
    Worker& worker_;
    Store& store_;
    const std::string path_;
    std::shared_ptr<std::atomic<std::size_t>> waiting_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace taktd::control
