# SPDX-License-Identifier: MIT
"""A session's output: the open directory that its trace goes to, and the metadata in it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.consume.output import OutputDirectory, as_output_error

METADATA = "metadata"


class TraceOutput:
    """The directory `PATH/kernel`, which the client made by its own rights and sent us open.

    We never use the path to reach it: a client's link cannot lead us to a place where only we may write.
    """

    def __init__(self, path: str, fd: int, uid: int) -> None:
        """Take over `fd`, also on failure. Raises `OUTPUT` unless it is an empty directory of user `uid`."""
        try:
            self.directory = OutputDirectory(fd, uid, _check(path, fd, uid))
        except BaseException:
            os.close(fd)
            raise
        self.path = path
        self.written = False

    def write_metadata(self, text: str) -> None:
        """Replace the metadata; a reader sees the old text or the new. Raise `NO_SPACE`, `OUTPUT`."""
        directory, new = self.directory, f"{METADATA}.new"
        try:
            with suppress(FileNotFoundError):
                os.unlink(new, dir_fd=directory.fd)
            with os.fdopen(directory.create(new), "w", encoding="utf-8", errors="replace") as file:
                file.write(text)
            os.replace(new, METADATA, src_dir_fd=directory.fd, dst_dir_fd=directory.fd)
            self.written = True
        except OSError as error:
            with suppress(OSError):
                os.unlink(new, dir_fd=directory.fd)
            raise as_output_error(error, f"the metadata in '{self.path}'") from error

    def close(self) -> None:
        """Close the directory."""
        self.directory.close()


def _check(path: str, fd: int, uid: int) -> int:
    """Return the group of the directory."""
    status = os.fstat(fd)
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != uid:
        raise KymoError(ErrorCode.OUTPUT, f"'{path}' is not a directory of yours", "choose another --output")
    if not path.isprintable():
        hint = "choose another --output"
        raise KymoError(ErrorCode.OUTPUT, f"the directory's name {path!r} has control characters", hint)
    if os.listdir(fd):
        raise KymoError(ErrorCode.OUTPUT, f"'{path}' already holds a trace", "choose another --output")
    return status.st_gid
