"""Files that several processes use, or that a killed one must not leave half written."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold the lock of a file, which is made if need be; by flock, so that a killed process leaves none.

    Raises:
        BlockingIOError: another process holds it and it is not to be waited for.
    """
    with open(path, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield


def write_atomically(target: Path, data: bytes) -> None:
    """Write a file whole or not at all: what was there before stays until the new one is on the disk.

    Raises:
        OSError: the disk refuses it.
    """
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
