# SPDX-License-Identifier: Apache-2.0
"""What the demo prints: colours where a terminal can show them (and NO_COLOR is not set), and taktd's transitions as a table
that grows as they are committed, read from the store with SQLite, read-only."""

import json
import os
import sqlite3
import sys
import time

_COLOURS = {"dim": "2", "bold": "1", "red": "31", "green": "32", "yellow": "33", "blue": "34", "alarm": "1;97;41"}
_OF_STATE = {"due": "dim", "starting": "blue", "unconfirmed": "yellow", "running": "green", "paused": "yellow", "stopping": "blue",
             "completed": "bold", "stopped": "bold", "failed": "yellow", "skipped": "yellow", "cancelled": "yellow"}
_COLOURED = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text, colour):
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if _COLOURED and colour else text


def say(text="", colour=None):
    print(paint(text, colour), flush=True)


def heading(text):
    say()
    say(text, "bold")


class Clock:
    """Seconds since T, as every line begins."""

    def __init__(self, T):
        self.T = T

    def stamp(self, t=None):
        return f"{(time.time() if t is None else t) - self.T:+7.2f}"

    def say(self, text, colour=None):
        say(f"{self.stamp()}  {text}", colour)


class Transitions:
    """Prints every transition of the store once, in the order in which they happened."""

    def __init__(self, path, clock):
        self.path, self.clock, self.seen = path, clock, set()

    def show_new(self):
        """Transitions and answers that went wrong, by their times."""
        lines = self._new_transitions() + self._new_faults()
        for _, text in sorted(lines, key=lambda line: line[0]):
            say(text)

    def _new_faults(self):
        """Starts and stops that the vendor did not accept: a 429 and a 500 change no state that would tell of them."""
        lines = []
        for call, job, run, action, outcome, at, status, wait in self._query(
                "SELECT c.id, r.job, r.id, c.action, c.outcome, c.done_ns, c.http_status, c.retry_after_ns FROM calls c JOIN runs r "
                "ON r.id = c.run_id WHERE c.action IN ('start', 'stop') AND c.http_status IS NOT NULL AND c.outcome <> 'accepted'"):
            if call in self.seen:
                continue
            self.seen.add(call)
            what = f"{action} answered {status}: {outcome}" + (f", asked to wait {wait / 1e9:g} s" if wait else "")
            lines.append((at, f"{self.clock.stamp(at / 1e9)}  {job:<14} {run[-8:]}  {'':>14} " + paint(what, "red")))
        return lines

    def _new_transitions(self):
        lines = []
        for run, seq, job, before, after, at, reason, detail in self._read():
            if (run, seq) in self.seen:
                continue
            self.seen.add((run, seq))
            note = json.loads(detail).get("note", "") if detail else ""
            why = ": ".join(part for part in (reason, note) if part)
            state = paint(f"{after:<11}" if why else after, _OF_STATE.get(after))
            lines.append((at, f"{self.clock.stamp(at / 1e9)}  {job:<14} {run[-8:]}  {before or '':>11} -> {state}"
                          + (why and "  " + paint(why, "dim"))))
        return lines

    def open_obligations(self):
        return self._query("SELECT count(*) FROM runs WHERE obligation = 'open'")[0][0]

    def in_flight(self, action):
        """The jobs whose calls have no outcome yet."""
        rows = self._query(f"SELECT r.job FROM calls c JOIN runs r ON r.id = c.run_id WHERE c.outcome IS NULL AND c.action = '{action}'")
        return " and ".join(job for job, in rows)

    def _read(self):
        return self._query("SELECT t.run_id, t.seq, r.job, t.from_state, t.to_state, t.at_ns, t.reason, t.detail "
                           "FROM transitions t JOIN runs r ON r.id = t.run_id ORDER BY t.at_ns, t.run_id, t.seq")

    def _query(self, sql):
        if not self.path.exists():
            return []
        connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=5)
        try:
            return connection.execute(sql).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" in str(error) or "locked" in str(error):
                return []
            raise
        finally:
            connection.close()
