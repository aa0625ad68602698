// SPDX-License-Identifier: Apache-2.0
// Pieces of SQL that several statements of the store share: column lists in the order in which row_reading.hpp reads
// them, and the conditions of the partial indexes, which a query must repeat word for word to be served by them.
#pragma once

#define TAKTD_LIVE                                                                                            \
    "(state = 'due' OR state = 'starting' OR state = 'unconfirmed' OR state = 'running' OR state = 'paused' " \
    "OR state = 'stopping')"
#define TAKTD_DONE \
    "(state = 'completed' OR state = 'stopped' OR state = 'failed' OR state = 'skipped' OR state = 'cancelled')"

#define TAKTD_RUN_COLUMNS                                                                               \
    "id, job, provider, task_key, occurrence_ns, request_key, origin, state, reason, task, stop_plan, " \
    "baseline, start_due_ns, stop_due_ns, max_end_ns, stop_due_boot_ns, max_end_boot_ns, boot_id, "     \
    "vendor_run_id, vendor_task_id, remote_state, seen_active, obligation, created_ns, updated_ns, "    \
    "residue, waits_for, waits_since_ns"

#define TAKTD_TRANSITION_COLUMNS "run_id, seq, from_state, to_state, at_ns, reason, actor, detail"

#define TAKTD_CALL_COLUMNS                                                                                 \
    "id, run_id, provider, account, action, attempt, method, target, request_body, response_body, "        \
    "intent_ns, sent_ns, sent_boot_ns, boot_id, bytes_sent, done_ns, done_boot_ns, outcome, http_status, " \
    "vendor_code, vendor_message, vendor_extend, vendor_run_id, request_id, retry_after_ns"
