# SPDX-License-Identifier: MIT
"""Moves one channel's delivered sub-buffers to its files, a CPU after the other."""

from __future__ import annotations

from kymograph.consume.output import OutputDirectory, StreamFile
from kymograph.ring.drain import ChannelDrain, StreamDrain
from kymograph.ring.memory import close_all

_TURN = 16
"""Packets that one CPU's buffer may have before the next one's turn, so that none starves."""


class ChannelWriter:
    """A channel's ring, read, and the files it goes to. Takes over the ring's descriptors `fds`."""

    def __init__(
        self, drain: ChannelDrain, fds: list[int], directory: OutputDirectory, channel: str, stream_id: int
    ) -> None:
        self._drain = drain
        self._fds = fds
        self.wake_fd = drain.wake_fd
        self._pairs: list[tuple[StreamDrain, StreamFile]] = []
        try:
            for stream in drain.streams:
                file = StreamFile(directory, f"{channel}_{stream.cpu}", stream_id, stream.cpu)
                # A consumer that died between index and release left a packet that is already written.
                stream.resume(file.next_sequence)
                self._pairs.append((stream, file))
        except BaseException:
            for _, file in self._pairs:
                file.close()
            drain.close()
            raise

    def drain(self) -> int:
        """Write everything delivered; return how many packets. Raises `NO_SPACE` or `OUTPUT`.

        A packet is released only when its bytes and its index entry are written, so after an error or a crash
        it is still in the ring.
        """
        self._drain.clear_wake()
        total = 0
        while moved := sum(self._turn(stream, file) for stream, file in self._pairs):
            total += moved
        return total

    def finish(self) -> None:
        """End the recording in the session daemon's stead, so that what the ring holds can be drained."""
        self._drain.finish()

    @staticmethod
    def _turn(stream: StreamDrain, file: StreamFile) -> int:
        moved = 0
        while moved < _TURN and (packet := stream.next()) is not None:
            if not moved:
                file.check_present()
            file.append(packet)
            stream.release(packet)
            moved += 1
        return moved

    @property
    def lost_packets(self) -> int:
        """Packets overwritten before they could be read."""
        return sum(stream.lost_packets for stream, _ in self._pairs)

    def close(self) -> None:
        """Close the files and let go of the ring."""
        for _, file in self._pairs:
            file.close()
        self._drain.close()
        close_all(self._fds)
