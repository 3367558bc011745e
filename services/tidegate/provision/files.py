"""Files that people name, read whole: regular ones only, and none larger than what it is for.

A pipe in a folder of rules would be waited for without end, and a device read until the memory is full.
"""

from __future__ import annotations

import errno
import stat
from pathlib import Path

MAX_DOCUMENT = 16 << 20
"""Bytes of one rule document, schema or key file. The longest lists of important data known have some hundred items."""


def read_whole(file: Path, at_most: int = MAX_DOCUMENT) -> bytes:
    """The bytes of a file. Raises ``OSError``, also for what is no regular file or has more bytes than that."""
    if not stat.S_ISREG(file.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    with file.open("rb") as opened:
        found = opened.read(at_most + 1)
    if len(found) > at_most:
        raise OSError(errno.EFBIG, f"it has more than {at_most >> 20} MiB")
    return found


def read_text(file: Path, at_most: int = MAX_DOCUMENT) -> str:
    """The text of a UTF-8 file, its lines ended by ``\\n`` and without the byte order mark that some editors write.

    Raises ``OSError`` as ``read_whole`` does, and ``UnicodeDecodeError``.
    """
    return read_whole(file, at_most).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
