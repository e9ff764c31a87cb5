# SPDX-License-Identifier: MIT
"""The two files of a stream: whole packets, and their index. What is in the index is whole on the disk.

Files are made beneath an open directory, never by path, and given to the session's owner: whoever may write
in that directory cannot lead a daemon with more rights elsewhere by a link.
"""

from __future__ import annotations

import errno
import os
import stat
import traceback
from contextlib import suppress
from dataclasses import dataclass

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.ctf import index
from kymograph.ring.drain import Packet

_FILE_MODE, _DIRECTORY_MODE = 0o660, 0o770


@dataclass(frozen=True)
class OutputDirectory:
    """An open directory that a trace goes to, and who owns what is made in it."""

    fd: int
    uid: int
    gid: int

    def subdirectory(self, name: str) -> OutputDirectory:
        """Make (or open, when it is the owner's) the directory `name`."""
        with suppress(FileExistsError):
            os.mkdir(name, _DIRECTORY_MODE, dir_fd=self.fd)
            os.chown(name, self.uid, self.gid, dir_fd=self.fd, follow_symlinks=False)
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(name, flags, dir_fd=self.fd)
        self._check_owner(fd, name)
        return OutputDirectory(fd, self.uid, self.gid)

    def create(self, name: str) -> int:
        """Return a descriptor of the new file `name`; raise `FileExistsError`."""
        fd = os.open(name, _OPEN | os.O_CREAT | os.O_EXCL, _FILE_MODE, dir_fd=self.fd)
        os.fchown(fd, self.uid, self.gid)
        return fd

    def reopen(self, name: str) -> int:
        """Return a descriptor of the file `name`, new or made by an earlier `create`."""
        try:
            return self.create(name)
        except FileExistsError:
            fd = os.open(name, _OPEN, dir_fd=self.fd)
            self._check_owner(fd, name)
            return fd

    def close(self) -> None:
        """Close the directory."""
        os.close(self.fd)

    def _check_owner(self, fd: int, name: str) -> None:
        status = os.fstat(fd)
        single = stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink == 1)
        if status.st_uid != self.uid or not single:
            os.close(fd)
            raise KymoError(
                ErrorCode.OUTPUT, f"'{name}' in the trace's directory was replaced by another file"
            )


_OPEN = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC


class StreamFile:
    """Appends packets to `NAME` and entries to `index/NAME.idx`."""

    def __init__(self, directory: OutputDirectory, name: str, stream_id: int, instance_id: int) -> None:
        self.name = name
        self._stream_id = stream_id
        self._instance_id = instance_id
        self._data = directory.reopen(name)
        indexes = directory.subdirectory("index")
        try:
            self._index = indexes.reopen(f"{name}.idx")
        except BaseException:
            os.close(self._data)
            raise
        finally:
            indexes.close()
        self._resume()

    def _resume(self) -> None:
        """Take up after the last packet in the index; cut off what a crash left half written."""
        size = os.fstat(self._index).st_size
        entries = max(0, (size - index.HEADER_SIZE) // index.ENTRY_SIZE)
        self._index_end = index.HEADER_SIZE + entries * index.ENTRY_SIZE
        self._data_end, self.next_sequence = 0, 0
        if entries:
            at = self._index_end - index.ENTRY_SIZE
            last = index.IndexEntry.unpack(os.pread(self._index, index.ENTRY_SIZE, at))
            self._data_end, self.next_sequence = last.end_offset, last.sequence + 1
        os.ftruncate(self._data, self._data_end)
        os.ftruncate(self._index, self._index_end if entries else 0)
        _write_at(self._index, memoryview(index.HEADER), 0)

    def append(self, packet: Packet) -> None:
        """Write a packet, then its index entry.

        Raises `NO_SPACE` or `OUTPUT`, and then the files are as before: nothing partial stays.
        """
        entry = index.pack_entry(
            self._data_end,
            packet.packet_bits,
            packet.content_bits,
            packet.begin,
            packet.end,
            packet.discarded,
            self._stream_id,
            self._instance_id,
            packet.sequence,
        )
        try:
            _write_at(self._data, packet.data, self._data_end)
            _write_at(self._index, memoryview(entry), self._index_end)
        except OSError as error:
            os.ftruncate(self._data, self._data_end)
            os.ftruncate(self._index, self._index_end)
            raise as_output_error(error, f"'{self.name}'") from error
        self._data_end += len(packet.data)
        self._index_end += index.ENTRY_SIZE
        self.next_sequence = packet.sequence + 1

    def check_present(self) -> None:
        """Raise `OUTPUT` when somebody removed the file: what is written to it now would vanish."""
        if not os.fstat(self._data).st_nlink:
            raise KymoError(
                ErrorCode.OUTPUT, f"the trace file '{self.name}' was removed while it was written"
            )

    def close(self) -> None:
        """Close both files."""
        os.close(self._data)
        os.close(self._index)


def _write_at(fd: int, data: memoryview, offset: int) -> None:
    """Write all of `data`; a short write is continued, an error raised as `OSError`."""
    written = os.pwrite(fd, data, offset)
    while written < len(data):
        written += os.pwrite(fd, data[written:], offset + written)


def as_output_error(error: Exception, what: str = "the trace") -> KymoError:
    """Return what to tell of an error that kept us from writing `what`."""
    if isinstance(error, KymoError):
        return error
    if not isinstance(error, OSError):
        traceback.print_exception(type(error), error, error.__traceback__)
        return KymoError(ErrorCode.INTERNAL, f"the consumer daemon failed: {error!r}")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        hint = "free some space, then start the session again"
        return KymoError(ErrorCode.NO_SPACE, f"no space left on the device for {what}", hint)
    return KymoError(ErrorCode.OUTPUT, f"cannot write {what}: {error.strerror}")
