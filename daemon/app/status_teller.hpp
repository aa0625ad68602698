// SPDX-License-Identifier: Apache-2.0
// Tells the service manager the status line, whenever it changes and at most once a second.
#pragma once

#include <functional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "daemon/app/service_manager.hpp"

namespace taktd {

class StatusTeller {
public:
    static constexpr Duration kEvery = std::chrono::seconds{1};  ///< at most

    StatusTeller(boost::asio::any_io_executor executor, ServiceManager& service, std::function<std::string()> text)
        : service_{service}, text_{std::move(text)}, held_{std::move(executor)} {}

    /// As it is now; to be told along with something else.
    const std::string& line() {
        told_ = text_();
        return told_;
    }
    /// It may have changed. What changes within a second of the last one is told at its end.
    void tell();
    /// Nothing of it keeps the loop running.
    void close();

private:
    ServiceManager& service_;
    std::function<std::string()> text_;
    std::string told_;
    boost::asio::steady_timer held_;
    bool is_due_ = false, is_held_ = false, is_closed_ = false;
};

}  // namespace taktd
