// SPDX-License-Identifier: Apache-2.0
// Where the store is asked: each question is put on another thread to a reader of its own, never on the loop, and the
// reader is closed before anybody waits for anything else. Questions that may take long have a thread by themselves, so
// that a plan of a thousand jobs keeps nobody waiting who wants to know what runs.
#pragma once

#include <array>
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

/// The threads for questions to the store.
struct QueryWorkers {
    static constexpr std::size_t kBriskCount = 2;
    std::array<Worker, kBriskCount> brisk;
    Worker lengthy;

    /// As Worker::end(), of all of them.
    bool end(std::chrono::nanoseconds wait) {
        bool have_ended = lengthy.end(wait);
        for (Worker& worker : brisk) have_ended = worker.end(wait) && have_ended;
        return have_ended;
    }
};

enum class Pace : std::uint8_t {
    brisk,   ///< answered by an index, or by one walk over the config's jobs
    lengthy  ///< may walk through many rows or run the engine ahead, for many seconds
};

class QueryDesk {
public:
    static constexpr std::size_t kWaitingMax = 64;

    /// Workers and store outlive the loop.
    QueryDesk(asio::any_io_executor executor, QueryWorkers& workers, Store& store, std::string path)
        : executor_{std::move(executor)}, workers_{workers}, store_{store}, path_{std::move(path)} {}

    /// `question` runs on a worker's thread: it owns what it touches. Lengthy ones run one after the other.
    template <class T>
    Async<Answered<T>> ask(std::function<T(Queries&)> question, Pace pace = Pace::brisk) {
        const auto answer = std::make_shared<std::optional<T>>();
        std::function<void(Queries&)> perform_it = [answer, question = std::move(question)](Queries& queries) {
            *answer = question(queries);
        };
        auto problem = co_await perform(std::move(perform_it), pace);
        if (problem) co_return unexpected{std::move(*problem)};
        co_return std::move(**answer);
    }

private:
    Async<std::optional<Problem>> perform(std::function<void(Queries&)> question, Pace pace);
    /// The one of the pace that fewest wait for.
    std::size_t choose(Pace pace) const;
    Worker& worker(std::size_t index) {
        return index < QueryWorkers::kBriskCount ? workers_.brisk[index] : workers_.lengthy;
    }

    asio::any_io_executor executor_;
    QueryWorkers& workers_;
    Store& store_;
    const std::string path_;
    /// How many wait for each worker.
    using Waiting = std::array<std::atomic<std::size_t>, QueryWorkers::kBriskCount + 1>;
    std::shared_ptr<Waiting> waiting_ = std::make_shared<Waiting>();
};

}  // namespace taktd::control
