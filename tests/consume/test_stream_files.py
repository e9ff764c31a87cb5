# SPDX-License-Identifier: MIT
"""Stream files under crashes and failing writes: what is in the index is whole, whatever happens."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.consume.output import OutputDirectory, StreamFile
from kymograph.ctf import index
from kymograph.ring.drain import Packet


@contextmanager
def _directory() -> Iterator[OutputDirectory]:
    path = tempfile.mkdtemp()
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield OutputDirectory(fd, os.geteuid(), os.getegid())
    finally:
        os.close(fd)
        shutil.rmtree(path)


def _path(directory: OutputDirectory) -> Path:
    return Path(f"/proc/self/fd/{directory.fd}").readlink()


def _packet(sequence: int, pages: int) -> Packet:
    data = bytes([sequence % 251 + 1]) * (4096 * pages)
    return Packet(memoryview(data), sequence, 10 * sequence, 10 * sequence + 9, 800, len(data) * 8, sequence)


def _check(directory: OutputDirectory, pages: list[int]) -> None:
    """The files hold exactly the packets 0, 1, … with so many pages."""
    data = (_path(directory) / "c_0").read_bytes()
    entries = (_path(directory) / "index" / "c_0.idx").read_bytes()
    assert entries[:16] == index.HEADER
    assert len(entries) == 16 + 72 * len(pages)
    offset = 0
    for sequence, count in enumerate(pages):
        entry = index.IndexEntry.unpack(entries[16 + 72 * sequence :][:72])
        assert (entry.offset, entry.sequence, entry.stream_instance_id) == (offset, sequence, 0)
        assert data[offset : entry.end_offset] == bytes(_packet(sequence, count).data)
        offset = entry.end_offset
    assert offset == len(data)


@given(
    pages=st.lists(st.integers(1, 3), max_size=6),
    more=st.lists(st.integers(1, 3), max_size=4),
    cut=st.integers(0, 100),
    partial=st.integers(0, 3 * 4096),
)
def test_a_successor_takes_up_where_the_index_ends(
    pages: list[int], more: list[int], cut: int, partial: int
) -> None:
    """A crash leaves part of a packet, part of an entry, or a packet without entry."""
    with _directory() as directory:
        file = StreamFile(directory, "c_0", 0, 0)
        for sequence, count in enumerate(pages):
            file.append(_packet(sequence, count))
        file.close()
        path = _path(directory)
        with (path / "c_0").open("ab") as data:
            data.write(b"?" * partial)
        with (path / "index" / "c_0.idx").open("ab") as entries:
            entries.write(b"?" * min(cut, 71))
        file = StreamFile(directory, "c_0", 0, 0)
        assert file.next_sequence == len(pages)
        for sequence, count in enumerate(more, len(pages)):
            file.append(_packet(sequence, count))
        file.close()
        _check(directory, pages + more)


@given(st.integers(0, 15))
def test_a_new_file_cut_anywhere_in_its_header_begins_anew(size: int) -> None:
    with _directory() as directory:
        StreamFile(directory, "c_0", 0, 0).close()
        os.truncate(_path(directory) / "index" / "c_0.idx", size)
        file = StreamFile(directory, "c_0", 0, 0)
        file.append(_packet(0, 1))
        file.close()
        _check(directory, [1])


def test_a_write_that_comes_short_is_taken_back() -> None:
    """The limit on file sizes makes the kernel write a part, then refuse."""
    with _directory() as directory:
        file = StreamFile(directory, "c_0", 0, 0)
        file.append(_packet(0, 1))
        old = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3 * 4096 + 100, old[1]))
        try:
            file.append(_packet(1, 2))
            with pytest.raises(KymoError) as raised:
                file.append(_packet(2, 3))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
        assert raised.value.code is ErrorCode.OUTPUT
        _check(directory, [1, 2])
        file.append(_packet(2, 3))
        file.close()
        _check(directory, [1, 2, 3])


def test_a_removed_file_is_noticed() -> None:
    with _directory() as directory:
        file = StreamFile(directory, "c_0", 0, 0)
        file.check_present()
        (_path(directory) / "c_0").unlink()
        with pytest.raises(KymoError, match="was removed"):
            file.check_present()
        file.close()


@pytest.mark.parametrize("trap", ["symbolic link", "hard link", "directory"])
def test_a_file_that_somebody_put_there_is_not_written(trap: str) -> None:
    with _directory() as directory:
        path = _path(directory)
        victim = path / "victim"
        victim.write_text("precious")
        if trap == "symbolic link":
            (path / "c_0").symlink_to(victim)
        elif trap == "hard link":
            os.link(victim, path / "c_0")
        else:
            (path / "index").symlink_to(path / "elsewhere")
        with pytest.raises((KymoError, OSError)):
            StreamFile(directory, "c_0", 0, 0)
        assert victim.read_text() == "precious"
