// SPDX-License-Identifier: Apache-2.0
// The thread for what may take long or never end.
#include "daemon/runtime/worker.hpp"

#include <future>
#include <memory>

#include <gtest/gtest.h>

namespace taktd {
namespace {

using namespace std::chrono_literals;

TEST(Worker, Tasks_AreDoneInOrder_AndDestroyedByTheWorker) {
    Worker worker;
    std::promise<std::string> said;
    std::string text;
    auto large = std::make_shared<int>(1);
    const std::weak_ptr<int> still = large;
    worker.run([&text, large = std::move(large)] { text += std::to_string(*large); });
    worker.run([&] { said.set_value(text + (still.expired() ? " gone" : " there")); });
    EXPECT_EQ(said.get_future().get(), "1 gone");
}

TEST(Worker, End_DoesNotWaitForATaskThatHangs) {
    std::promise<void> hangs, begun;
    bool done = false;
    Worker worker;
    worker.run([&] {
        begun.set_value();
        hangs.get_future().wait();
    });
    worker.run([&] { done = true; });
    begun.get_future().wait();
    EXPECT_FALSE(worker.end(1ms));
    hangs.set_value();
    EXPECT_TRUE(worker.end(30s));
    EXPECT_FALSE(done) << "what has not begun is dropped";
}

}  // namespace
}  // namespace taktd
