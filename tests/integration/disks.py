# SPDX-License-Identifier: Apache-2.0
"""Small disks for stores: a file system of its own that can be filled to the last byte or made read-only. Only root may, and not in
every container."""

import contextlib
import os
import subprocess
import tempfile
import threading


def can_mount():
    if os.geteuid() != 0:
        return False
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True).returncode != 0:
            return False
        subprocess.run(["umount", folder], check=True)
        return True


def mount_disk(world, size):
    """A small file system of its own for the world's store."""
    folder = world.folder / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)
    world.cleanups.append(lambda: subprocess.run(["umount", "-l", folder], check=True))
    world.store.path = folder / "taktd.db"
    return folder


def remount(folder, mode):
    """`ro` or `rw`."""
    subprocess.run(["mount", "-o", f"remount,{mode}", folder], check=True)


class Filler:
    """Takes every byte of a disk, also those that become free, until told to stop."""

    def __init__(self, folder):
        self.path, self.ended = folder / "filler", threading.Event()
        self.thread = threading.Thread(target=self._fill)
        self.thread.start()

    def _fill(self):
        with open(self.path, "wb", buffering=0) as file:
            while not self.ended.is_set():
                for size in (65536, 4096, 1):
                    with contextlib.suppress(OSError):
                        while not self.ended.is_set():
                            file.write(b"x" * size)
                self.ended.wait(0.001)

    def end(self):
        self.ended.set()
        self.thread.join()
        self.path.unlink()
