# SPDX-License-Identifier: Apache-2.0
"""The event stream: what is told is what the store has, once each, however often the stream is cut."""

import json
import random
import socket
import unittest

from harness import TestCase, at, chaos_job, hung, perf_job, wait_for


class Stream:
    """One connection to /api/v1/events, read event by event."""

    def __init__(self, path, query="", last=None):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(hung())
        self.socket.connect(str(path))
        header = f"Last-Event-ID: {last}\r\n" if last else ""
        self.socket.sendall(f"GET /api/v1/events{query} HTTP/1.1\r\nHost: taktd\r\n{header}\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline().strip():
            pass
        self.text = b""
        self.last = last

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.socket.close()

    def block(self):
        """The next lines up to an empty one; nothing at the stream's end."""
        while b"\n\n" not in self.text:
            size = int(self.file.readline() or b"0", 16)
            if size == 0:
                return None
            self.text += self.file.read(size)
            self.file.readline()
        block, _, self.text = self.text.partition(b"\n\n")
        return block.decode()

    def next(self):
        """Name and data of the next event."""
        while (block := self.block()) is not None:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            self.last = fields.get("id", self.last)
            if "event" in fields:
                return fields["event"], json.loads(fields["data"])
        return None

    def until(self, wanted):
        """The data of the next event of that name."""
        while (event := self.next()) is not None:
            if event[0] == wanted:
                return event[1]
        raise AssertionError(f"the stream ended before there was {wanted}")


class EventsTest(TestCase):
    def open(self, query="", last=None):
        return Stream(self.world.folder / "control.sock", query, last)

    def start(self, *jobs):
        self.world.start_simcloud()
        self.world.write_config(list(jobs))
        taktd = self.world.start_taktd().wait_ready()
        self.world.wait_served()
        return taktd

    def test_a_stream_that_is_cut_at_random_shows_every_transition_once(self):
        chance = random.Random(7)
        taktd = self.start()
        stream = self.open("?types=transition")
        self.assertEqual(stream.status, 200)
        stream.block()  # it listens
        self.world.write_config([perf_job(f"load{i}", at(2), "2s", 101 + i) for i in range(5)] +
                                [chaos_job(f"drill{i}", at(2), "2s", 201 + i) for i in range(5)])
        taktd.reload()
        told, ended = [], set()
        while len(ended) < 10:
            name, row = stream.next()
            self.assertEqual(name, "transition")
            self.assertEqual(row["run"]["job"], row["job"])
            told.append((row["run_id"], row["seq"], row["to_state"]))
            if row["to_state"] in ("stopped", "completed", "failed", "skipped"):
                ended.add(row["run_id"])
            if chance.random() < 0.4:
                last = stream.last
                stream.close()
                stream = self.open("?types=transition", last)
        stream.close()
        kept = [(run["id"], row["seq"], row["to_state"]) for run in self.world.store.runs() for row in self.world.store.transitions(run["id"])]
        self.assertEqual(len(told), len(set(told)))
        self.assertEqual(sorted(told), sorted(kept))
        self.assertEqual(taktd.terminate(), 0)

    def test_an_id_of_another_process_is_answered_with_reset_and_an_end_with_bye(self):
        taktd = self.start()
        with self.open() as stream:
            stream.until("status")
            self.assertEqual(taktd.terminate(), 0)
            self.assertEqual(stream.until("bye"), {"why": "stopping"})
            self.assertIsNone(stream.next())
            last = stream.last
        taktd = self.world.start_taktd().wait_ready()
        self.world.wait_served()
        with self.open(last=last) as stream:
            name, data = stream.next()
            self.assertEqual(name, "reset")
            self.assertEqual(data["event"].split("-")[0], stream.last.split("-")[0])
        self.assertEqual(taktd.terminate(), 0)

    def test_who_never_reads_delays_nobody(self):
        taktd = self.start(perf_job("load", at(2), "2s"))
        deaf = [self.open("?types=transition,call,query,status") for _ in range(5)]
        with self.open("?types=transition") as stream:
            while stream.until("transition")["to_state"] not in ("stopped", "completed"):
                pass
        for each in deaf:
            each.close()
        self.assertEqual(taktd.terminate(), 0)

    def test_one_listener_too_many_is_told_so_and_gone_ones_make_room(self):
        taktd = self.start()
        many = [self.open() for _ in range(128)]
        self.assertTrue(all(stream.status == 200 for stream in many))
        with self.open() as stream:
            self.assertEqual(stream.status, 503)
        many.pop().close()

        def is_let_in():
            with self.open() as stream:
                return stream.status == 200

        wait_for(is_let_in, "who has gone makes room")
        for stream in many:
            stream.close()
        self.assertEqual(taktd.terminate(), 0)

    def test_what_cannot_be_asked_for_is_refused(self):
        taktd = self.start()
        for query in ("?types=transitions", "?since=now"):
            with self.open(query) as stream:
                self.assertEqual(stream.status, 400)
        self.assertEqual(taktd.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
