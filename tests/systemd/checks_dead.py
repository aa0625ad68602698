# SPDX-License-Identifier: Apache-2.0
"""A service that does not run, or hardly: its timer stops what falls due, and one mistake does not end everything."""

from machine import expect, wait_for

# The timer as the package has it looks each minute; once that has been seen, the others need not wait as long.
HASTE = "[Timer]\nOnActiveSec=\nOnUnitInactiveSec=\nOnActiveSec=1s\nOnUnitInactiveSec=1s\n"


def timer_stops_what_a_stopped_service_owes(admin, _):
    admin.anew()
    admin.start("load", "5s")
    admin.run("systemctl stop taktd")
    admin.wait_over("load")
    expect(not admin.is_active(), "taktd stays stopped")


def timer_stops_what_a_masked_service_owes(admin, _):
    admin.anew()
    admin.drop_in("taktd-stops.timer", HASTE)
    admin.start("drill", "5s")
    admin.run("systemctl restart taktd-stops.timer; systemctl mask --now taktd")
    admin.run("systemctl start taktd", fails=True)
    admin.wait_over("drill")


def timer_stops_what_a_crashing_service_owes(admin, _):
    admin.anew()
    admin.drop_in("taktd-stops.timer", HASTE)
    admin.start("load", "5s")
    admin.drop_in("taktd.service", "[Service]\nExecStart=\nExecStart=/bin/sh -c 'kill -SEGV $$$$'\n")
    admin.run("systemctl restart taktd-stops.timer; systemctl restart taktd", fails=None)
    wait_for(lambda: int(admin.machine.show("taktd", "NRestarts")) > 2, "taktd crashes again and again")
    admin.wait_over("load")
    wait_for(lambda: int(admin.machine.show("taktd", "NRestarts")) > 10, "systemd never stops trying")


def missing_secret_stops_only_its_provider(admin, _):
    admin.anew()
    admin.start("load", "15s")
    admin.run("rm /etc/taktd/credentials/chaos-key")
    before = admin.machine.cursor()
    admin.run("systemctl restart taktd")
    admin.wait_said(before, "obligations=1 elapsed")
    admin.wait_over("load")
    # The timer's service as well.
    admin.start("load", "5s")
    admin.run("systemctl stop taktd && systemctl start taktd-stops")
    expect("243/CREDENTIALS" not in admin.machine.journal(before), "no unit fails for want of a credential")


def missing_directory_of_secrets_keeps_no_unit_from_starting(admin, _):
    admin.anew()
    admin.start("load", "1h")
    admin.run("systemctl stop taktd && rm -r /etc/taktd/credentials")
    before = admin.machine.cursor()
    admin.run("systemctl start taktd taktd-stops")
    admin.wait_said(before, "obligations=1 elapsed")
    expect(admin.is_active(), "taktd is active")
    admin.wait_said(before, "cannot read credentials")


def example_of_other_secrets_keeps_no_unit_from_starting(admin, _):
    """Its encrypted file is not there; the line beside it stands in for it."""
    admin.anew(start=False)
    example = admin.machine.says("cat /usr/share/doc/taktd/examples/secrets.conf")
    for unit in ("taktd.service", "taktd-stops.service"):
        admin.drop_in(unit, example)
    said = admin.run("systemd-analyze verify --man=no taktd.service taktd-stops.service 2>&1").stdout
    expect(said == "", f"systemd takes every line of it:\n{said}")
    admin.run("systemctl start taktd taktd-stops")
    admin.start("load", "3s")
    admin.wait_over("load")


def broken_config_with_nothing_owed_does_not_restart_each_second(admin, _):
    admin.anew()
    before = admin.machine.cursor()
    admin.configure("version: 1\njobs: {broken: {}}\n")
    admin.run("systemctl restart taktd", fails=None)
    wait_for(lambda: int(admin.machine.show("taktd", "NRestarts")) >= 2, "it is tried again")
    lines = admin.machine.journal(before, "--unit=taktd --output=short-unix").splitlines()
    ends = [float(line.split()[0]) for line in lines if "status=78" in line]
    expect(len(ends) >= 2 and ends[1] - ends[0] >= 20, f"20 s between two tries: {ends}")
    expect(len(lines) < 100, f"the errors stand in the journal once for each try: {len(lines)} lines")
    admin.configure(admin.config)
    admin.run("systemctl reset-failed taktd; systemctl restart taktd")
    admin.wait_active()


def broken_config_with_a_stop_owed_delivers_it(admin, _):
    admin.anew()
    admin.drop_in("taktd-stops.timer", HASTE)
    admin.start("load", "10s")
    admin.configure("version: 1\njobs: {broken: {}}\n")
    admin.run("systemctl restart --no-block taktd")
    admin.wait_over("load")


def secrets_reach_it_and_show_nowhere(admin, _):
    admin.anew()
    admin.start("load", "5s")  # the vendor has accepted a signature, so the secret is there
    admin.start("drill", "1h")
    admin.wait_over("load", left=1)
    admin.taktctl("log debug")
    admin.run("systemctl restart taktd")
    admin.taktctl("stop drill --wait --reason test")
    admin.run("systemctl stop taktd && systemctl start taktd-stops && systemctl start taktd")
    for name in ("perf-key", "chaos-key"):
        # That the search would find it is shown where the secret is.
        expect(admin.files_with(name, "/etc/taktd/credentials") == [f"/etc/taktd/credentials/{name}"], "the search finds what is there")
        for places in ("/proc/[0-9]*/environ", "/var/lib/taktd /run/taktd /var/log /run/log /tmp /var/tmp"):
            expect(admin.files_with(name, places) == [], f"{name} is in {admin.files_with(name, places)}")
        for command in ("journalctl --all --output=export", "systemctl show 'taktd*'", "taktctl show drill --wire", "taktctl history"):
            expect(admin.keys[name] not in admin.machine.says(command), f"`{command}` tells {name}")
        pids = admin.machine.says("pgrep --full 'taktd|taktctl' | tr '\\n' ' '").split()
        expect(str(admin.main_pid()) in pids, "taktd is among those whose command lines are looked at")
        for pid in pids:
            expect(admin.keys[name] not in admin.machine.says(f"cat /proc/{pid}/cmdline", fails=None), f"command line of {pid}")


CHECKS = (timer_stops_what_a_stopped_service_owes, timer_stops_what_a_masked_service_owes, timer_stops_what_a_crashing_service_owes,
          missing_secret_stops_only_its_provider, missing_directory_of_secrets_keeps_no_unit_from_starting,
          example_of_other_secrets_keeps_no_unit_from_starting,
          broken_config_with_nothing_owed_does_not_restart_each_second, broken_config_with_a_stop_owed_delivers_it,
          secrets_reach_it_and_show_nowhere)
