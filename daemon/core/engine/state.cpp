#include "daemon/core/engine/state.hpp"

namespace taktd {

bool may_consume(const EngineState& engine) {
    return engine.gate.accepts_starts(engine.now.wall) && engine.journal.has_room();
}

}  // namespace taktd
