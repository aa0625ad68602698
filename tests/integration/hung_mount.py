# SPDX-License-Identifier: Apache-2.0
"""A mount whose files can be opened until it hangs, as a network file system does whose server is gone: whoever opens a file there
waits, and no signal but SIGKILL ends that. A file system in user space with one folder of small files. Only root may mount it."""

import ctypes
import errno
import os
import stat
import struct
import tempfile
import threading

MS_NOSUID, MS_NODEV, MNT_DETACH = 2, 4, 2
LIBC = ctypes.CDLL(None, use_errno=True)

# linux/fuse.h
LOOKUP, FORGET, GETATTR, OPEN, READ, RELEASE, FLUSH, INIT, INTERRUPT, DESTROY, BATCH_FORGET = 1, 2, 3, 14, 15, 18, 25, 26, 36, 38, 42
FOPEN_DIRECT_IO = 1
MINOR = 31
ROOT = 1
REQUEST_BYTES_MAX = 1 << 18


def mount_options(device):
    return f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()


class HungMount:
    """`files`: name -> text, which may be replaced while it is mounted."""

    def __init__(self, world, files):
        self.files, self.folder = files, world.folder / "mount"
        self.names = sorted(files)
        self.lock, self.is_hung, self.held = threading.Lock(), False, []
        self.folder.mkdir()
        self.device = os.open("/dev/fuse", os.O_RDWR)
        if LIBC.mount(b"hung", os.fsencode(self.folder), b"fuse", MS_NOSUID | MS_NODEV, mount_options(self.device)) != 0:
            os.close(self.device)
            raise OSError(ctypes.get_errno(), "mount")
        self.server = threading.Thread(target=self._serve)
        self.server.start()
        world.cleanups.append(self.close)

    def hang(self):
        with self.lock:
            self.is_hung = True

    def is_awaited(self):
        """Somebody waits for a file that does not come."""
        with self.lock:
            return bool(self.held)

    def recover(self):
        with self.lock:
            self.is_hung = False
            for unique in self.held:
                self._opened(unique)
            self.held.clear()

    def close(self):
        self.recover()
        LIBC.umount2(os.fsencode(self.folder), MNT_DETACH)
        self.server.join()
        os.close(self.device)

    def _serve(self):
        while True:
            try:
                request = os.read(self.device, REQUEST_BYTES_MAX)
            except OSError as error:
                if error.errno in (errno.EINTR, errno.EAGAIN, errno.ENOENT):
                    continue
                return  # it is mounted no more
            _, opcode, unique, node = struct.unpack_from("<IIQQ", request)
            if opcode in (FORGET, BATCH_FORGET):
                continue
            with self.lock:
                self._answer(opcode, unique, node, request[40:])
            if opcode == DESTROY:
                return

    def _answer(self, opcode, unique, node, body):
        if opcode == INIT:
            self._reply(unique, struct.pack("<IIIIHHIIHHI7I", 7, MINOR, 0, 0, 0, 0, 1 << 16, 1, 0, 0, 0, *[0] * 7))
        elif opcode == LOOKUP:
            name = body.rstrip(b"\0").decode()
            if name not in self.files:
                return self._reply(unique, error=errno.ENOENT)
            child = ROOT + 1 + self.names.index(name)
            self._reply(unique, struct.pack("<QQQQII", child, 0, 0, 0, 0, 0) + self._attributes(child))
        elif opcode == GETATTR:
            self._reply(unique, struct.pack("<QII", 0, 0, 0) + self._attributes(node))
        elif opcode == INTERRUPT:  # of somebody who has been killed
            (waiting,) = struct.unpack_from("<Q", body)
            if waiting in self.held:
                self.held.remove(waiting)
                self._reply(waiting, error=errno.EINTR)
        elif opcode == OPEN and self.is_hung:
            self.held.append(unique)
        elif opcode == OPEN:
            self._opened(unique)
        elif opcode == READ:
            _, offset, size = struct.unpack_from("<QQI", body)
            self._reply(unique, self._text(node)[offset:offset + size])
        elif opcode in (RELEASE, FLUSH, DESTROY):
            self._reply(unique)
        else:
            self._reply(unique, error=errno.ENOSYS)

    def _opened(self, unique):
        self._reply(unique, struct.pack("<QII", 0, FOPEN_DIRECT_IO, 0))

    def _text(self, node):
        return self.files[self.names[node - ROOT - 1]].encode()

    def _attributes(self, node):
        is_root = node == ROOT
        mode = stat.S_IFDIR | 0o755 if is_root else stat.S_IFREG | 0o644
        size = 0 if is_root else len(self._text(node))
        return struct.pack("<6Q10I", node, size, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def _reply(self, unique, data=b"", error=0):
        try:
            os.write(self.device, struct.pack("<IiQ", 16 + len(data), -error, unique) + data)
        except OSError as failure:
            if failure.errno != errno.ENOENT:  # whoever asked has been killed
                raise


def can_mount():
    """Not in every container, so it is tried."""
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        try:
            device = os.open("/dev/fuse", os.O_RDWR)
        except OSError:
            return False
        try:
            if LIBC.mount(b"tried", os.fsencode(folder), b"fuse", MS_NOSUID | MS_NODEV, mount_options(device)) != 0:
                return False
            LIBC.umount2(os.fsencode(folder), MNT_DETACH)
            return True
        finally:
            os.close(device)
