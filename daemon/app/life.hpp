// SPDX-License-Identifier: Apache-2.0
// How far the daemon's life has come, for those who act by it.
#pragma once

namespace taktd {

struct Life {
    bool was_clean = false;   ///< the last daemon's end, or there was none
    bool knows_past = false;  ///< all of the store, not only what it owes
    bool stops_only = false;  ///< the config was refused; what the store owes needs none of it
    bool failed = false;
    bool is_refused = false;  ///< and failed for that: the first config
    bool is_ending = false;
    bool insisted = false;  ///< told twice to end: nothing is waited for any more
};

}  // namespace taktd
