// SPDX-License-Identifier: Apache-2.0
#include "daemon/control/query_desk.hpp"

#include "daemon/runtime/off_loop.hpp"
#include "daemon/store/sqlite/reader.hpp"

namespace taktd::control {
namespace {

std::optional<Problem> put(const std::string& path, const std::function<void(Queries&)>& question) {
    try {
        auto reader = Reader::open(path);
        if (!reader) return store_problem(reader.error());
        question(*reader);
        return std::nullopt;
    } catch (const StoreError& error) {
        return store_problem(error.what());
    } catch (const std::exception& error) {
        return Problem{500, "internal", error.what()};
    }
}

}  // namespace

std::size_t QueryDesk::choose(Pace pace) const {
    if (pace == Pace::lengthy) return QueryWorkers::kBriskCount;
    std::size_t chosen = 0;
    for (std::size_t i = 1; i < QueryWorkers::kBriskCount; ++i) {
        if ((*waiting_)[i] < (*waiting_)[chosen]) chosen = i;
    }
    return chosen;
}

Async<std::optional<Problem>> QueryDesk::perform(std::function<void(Queries&)> question, Pace pace) {
    const std::size_t chosen = choose(pace);
    if ((*waiting_)[chosen] >= kWaitingMax)
        co_return Problem{503, "busy", "many requests wait for the store; ask again"};
    auto reading = store_.reading();
    if (!reading) co_return store_problem("the store's files are being recreated; ask again");
    const auto problem = std::make_shared<std::optional<Problem>>();
    // Counted until it has been done, though nobody may wait for it any more.
    const std::shared_ptr<void> place{nullptr, [waiting = waiting_, chosen](void*) { --(*waiting)[chosen]; }};
    ++(*waiting_)[chosen];
    std::function<void()> task = [problem, place, reading = std::move(reading), question = std::move(question),
                                  path = path_]() mutable { *problem = put(path, question); };
    co_await off_loop(executor_, worker(chosen), std::move(task));
    co_return std::move(*problem);
}

}  // namespace taktd::control
