// SPDX-License-Identifier: Apache-2.0
#include "daemon/app/status_teller.hpp"

namespace taktd {

void StatusTeller::tell() {
    is_due_ = true;
    if (is_held_ || is_closed_) return;
    is_due_ = false;
    if (const std::string told = told_; line() != told) service_.status(told_);
    is_held_ = true;
    held_.expires_after(kEvery);
    held_.async_wait([this](boost::system::error_code error) {
        is_held_ = false;
        if (!error && is_due_) tell();
    });
}

void StatusTeller::close() {
    is_closed_ = true;
    held_.cancel();
}

}  // namespace taktd
