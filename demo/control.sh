#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What many a crontab calls: start a task with curl, sleep, stop it. It does what it can: curl repeats what is throttled or
# fails with a 5xx, and the stop is sent whatever became of the start.
# usage: control.sh huawei|tencent URL TASK SECONDS
set -u
cloud=$1 url=$2 task=$3 seconds=$4
project=0123456789abcdef0123456789abcdef

call() { curl --silent --show-error --fail --max-time 5 --retry 5 -H 'Content-Type: application/json' "$@"; echo; }
huawei() {
    call "$url/v1/$project/test-suites/1/tasks/$task" -d '{"cluster_id": 0, "cluster_type": "shared-cluster-internet",
        "network_info": {"network_type": "internet"}, "without_package": 0, "status": '"$1"', "enterprise_project_id": "0"}'
}
tencent() { call "$url" -H 'X-TC-Action: ModifyTaskRunStatus' -H 'X-TC-Version: 2021-08-20' -d "$1"; }

if [ "$cloud" = huawei ]; then huawei 9; else tencent "{\"TaskId\": $task, \"Status\": 1002}"; fi
sleep "$seconds"
if [ "$cloud" = huawei ]; then huawei 2; else tencent "{\"TaskId\": $task, \"Status\": 1004, \"IsExpect\": true, \"Summary\": \"cron\"}"; fi
