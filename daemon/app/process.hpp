// Makes the process one that may hold secrets: no core dumps, no death by a closed pipe.
#pragma once

namespace taktd {

void harden_process();

}  // namespace taktd
