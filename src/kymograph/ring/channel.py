# SPDX-License-Identifier: MIT
"""A channel in the kernel: its ring, the programs that record into it, and their attachments."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

from kymograph.base.errors import KymoError
from kymograph.bpf.loader import ProgramCode, load
from kymograph.instrument.catalogue.patterns import is_pattern
from kymograph.instrument.kernel import Kernel
from kymograph.instrument.source import RecordTracepoint, Source, SystemCall, TypedTracepoint
from kymograph.model.schema import EventClass, StreamClass
from kymograph.model.session import ChannelSpec, EventRule
from kymograph.ring import layout as at
from kymograph.ring import memory
from kymograph.ring.attach import Attached, Attachments
from kymograph.ring.calls import CallTable
from kymograph.ring.code import RingCode
from kymograph.ring.flush import deactivate, flush
from kymograph.ring.layout import RingLayout
from kymograph.ring.payload import SCRATCH_SIZE
from kymograph.ring.primitives import RingMaps
from kymograph.ring.record import program
from kymograph.sys import bpf


@dataclass
class _Probe:
    """A loaded program, what it is attached to now, and the misses it already had when that began.

    One that was enabled by a pattern is optional: it is left out where the kernel refuses it.
    """

    program: int
    target: TypedTracepoint | RecordTracepoint
    optional: bool = False
    attached: Attached | None = None
    misses: int = 0


class ChannelRing:
    """The writing side of a channel. Not for several threads at once: its session's lock guards it."""

    def __init__(self, kernel: Kernel, attachments: Attachments, spec: ChannelSpec, stream_id: int) -> None:
        self.spec = spec
        self.layout = RingLayout.of(spec, kernel.cpus)
        self.missed = 0
        """Records that the kernel kept from us, a program being interrupted by itself; among the
        discarded.
        """
        self._kernel = kernel
        self._attachments = attachments
        self._stream_id = stream_id
        self._descriptors: list[int] = []
        self._events: dict[str, EventClass] = {}
        self._probes: dict[str, _Probe] = {}
        self._tables: dict[str, CallTable] = {}
        self._enabled: set[str] = set()
        self._awaited: list[tuple[SystemCall, int, Source]] = []
        self._skipped: list[KymoError] = []
        self._active = False

    @classmethod
    def create(
        cls, kernel: Kernel, attachments: Attachments, spec: ChannelSpec, stream_id: int, trace_uuid: bytes
    ) -> ChannelRing:
        """Make the ring's maps. Raise `BUFFER_SIZE`, or `BPF_REFUSED` with what to do."""
        channel = cls(kernel, attachments, spec, stream_id)
        try:
            channel._create_maps(trace_uuid)
        except BaseException:
            channel.close()
            raise
        return channel

    def _create_maps(self, trace_uuid: bytes) -> None:
        layout = self.layout
        self._maps = RingMaps(
            self._keep(memory.create_control(layout)),
            self._keep(memory.create_data(layout)),
            self._keep(memory.create_wake()),
        )
        self._scratch = self._keep(memory.create_scratch(layout.cpus, SCRATCH_SIZE))
        memory.write_constant_headers(layout, self._maps.data, trace_uuid, self._stream_id)
        self._control = memory.Control(layout, self._maps.control)
        self._code = RingCode(layout, self.spec.loss_mode, self._maps)
        flusher = ProgramCode(bpf.ProgramType.RAW_TRACEPOINT, "kymo_flush", self._code.flusher())
        self._flusher = self._keep(load(flusher))

    def _keep(self, descriptor: int) -> int:
        self._descriptors.append(descriptor)
        return descriptor

    @property
    def stream(self) -> StreamClass:
        """The channel's event classes so far."""
        return StreamClass(self._stream_id, tuple(self._events.values()))

    @property
    def skipped(self) -> tuple[KymoError, ...]:
        """Why events that patterns matched are not recorded."""
        return tuple(self._skipped)

    def enable(self, rule: EventRule) -> int:
        """Load programs for what `rule` names and is not enabled yet; return how many.

        Events of a running channel are recorded only after `start` is called again, so that the
        metadata can be written between. Raise `NO_EVENT` with near matches, `EVENT_UNSUPPORTED`,
        `BPF_REJECTED`.
        """
        sources = [s for s in self._kernel.find(rule) if s.schema.name not in self._enabled]
        for source in sources:
            if isinstance(source.attachment, SystemCall):
                self._table(source.attachment.tracepoint)
        numbered = self._numbered(sources)
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            loaded = list(pool.map(self._load, *zip(*numbered))) if numbered else []
        failed = [result for result in loaded if isinstance(result, KymoError)]
        if failed and (len(failed) == len(loaded) or not is_pattern(rule.pattern)):
            memory.close_all([result for result in loaded if isinstance(result, int) and result])
            raise failed[0]
        self._skipped += failed
        for (number, source), descriptor in zip(numbered, loaded):
            if isinstance(descriptor, int):
                self._add(number, source, descriptor, is_pattern(rule.pattern))
        return len(loaded) - len(failed)

    def _numbered(self, sources: Sequence[Source]) -> list[tuple[int, Source]]:
        """Give each source the id that its event had when it was enabled before, or a new one."""
        fresh = count(max((event.id for event in self._events.values()), default=-1) + 1)
        known = self._events
        return [(known[s.schema.name].id if s.schema.name in known else next(fresh), s) for s in sources]

    def _load(self, number: int, source: Source) -> int | KymoError:
        """Load a tracepoint's program; a system call has none of its own."""
        target = source.attachment
        if isinstance(target, SystemCall):
            return 0
        try:
            return load(program(self._code, self._scratch, source.values, number, target))
        except KymoError as error:
            error.context.append(source.schema.name)
            return error

    def _add(self, number: int, source: Source, descriptor: int, optional: bool) -> None:
        name, target = source.schema.name, source.attachment
        if isinstance(target, SystemCall):
            self._awaited.append((target, number, source))
        else:
            self._probes[name] = _Probe(descriptor, target, optional)
        self._events[name] = EventClass(number, source.schema)
        self._enabled.add(name)

    def _table(self, tracepoint: TypedTracepoint) -> CallTable:
        """Return the table of a system call tracepoint; it and its program are made when first needed."""
        name = tracepoint.name
        if name not in self._tables:
            table = self._tables[name] = CallTable(tracepoint, self._kernel.call_shapes(tracepoint))
            self._keep(table.descriptor)
        if f"({name})" not in self._probes:
            code = self._tables[name].program(self._code, self._scratch, self._kernel.registers)
            self._probes[f"({name})"] = _Probe(load(code), tracepoint)
        return self._tables[name]

    def disable(self, rule: EventRule) -> int:
        """Stop recording what `rule` names; return how many events that were. Their classes stay
        described.
        """
        sources = [s for s in self._kernel.find(rule) if s.schema.name in self._enabled]
        probes = []
        for source in sources:
            name, target = source.schema.name, source.attachment
            self._enabled.remove(name)
            if isinstance(target, SystemCall):
                self._awaited = [awaited for awaited in self._awaited if awaited[0] != target]
                self._tables[target.tracepoint.name].disable(target.number)
            else:
                probes.append(self._probes.pop(name))
        self._detach(probes, [probe.program for probe in probes])
        return len(sources)

    def start(self) -> None:
        """Attach what is not attached yet, then record. Raise `EVENT_UNSUPPORTED`; nothing new stays
        attached.
        """
        fresh = [probe for probe in self._probes.values() if probe.attached is None]
        try:
            for probe in fresh:
                probe.misses = bpf.program_info(probe.program).recursion_misses
                self._attach(probe)
        except BaseException:
            self._detach(fresh)
            raise
        for call, number, source in self._awaited:
            self._tables[call.tracepoint.name].enable(call.number, number, source)
        self._awaited.clear()
        for cpu in range(self.layout.cpus):
            self._control.store(cpu, at.ACTIVE, 1)
        self._active = True

    def _attach(self, probe: _Probe) -> None:
        try:
            probe.attached = self._attachments.attach(probe.program, probe.target)
        except KymoError as error:
            if not probe.optional:
                raise
            self._skipped.append(error)

    def stop(self) -> None:
        """Record no more, wait for writers under way, and account for what the kernel did not let us see."""
        if not self._active:
            return
        self._active = False
        deactivate(self.layout, self._control)
        missed = sum(
            bpf.program_info(p.program).recursion_misses - p.misses
            for p in self._probes.values()
            if p.attached
        )
        self._detach(list(self._probes.values()))
        self.flush()
        if missed:
            self._report(missed)

    def _report(self, missed: int) -> None:
        """Count `missed` records as discarded on the CPU that wrote most, and say so in a packet of its own.

        Not in its first packet: a reader cannot tell how many were lost there, as no packet before it says
        where the count stood.
        """
        self.missed += missed
        cpu = max(range(self.layout.cpus), key=lambda cpu: self._control.load(cpu, at.WRITE))
        self._control.store(cpu, at.DISCARDED, self._control.load(cpu, at.DISCARDED) + missed)
        self.flush()

    @property
    def settled(self) -> bool:
        """Tell whether every record, and every loss, is in a delivered packet; a full ring needs
        draining first.
        """
        return all(
            self._control.load(cpu, at.WRITE) % self.layout.size == 0
            and self._control.load(cpu, at.DISCARDED) == self._control.load(cpu, at.REPORTED)
            for cpu in range(self.layout.cpus)
        )

    def _detach(self, probes: list[_Probe], programs: Sequence[int] = ()) -> None:
        self._attachments.detach([probe.attached for probe in probes if probe.attached], programs)
        for probe in probes:
            probe.attached = None

    def flush(self) -> None:
        """Close each CPU's packet being written, so that it can be consumed."""
        flush(self.layout, self._flusher)

    def discarded(self) -> int:
        """Records lost so far on all CPUs."""
        return sum(self._control.load(cpu, at.DISCARDED) for cpu in range(self.layout.cpus))

    def handover(self) -> tuple[dict[str, object], list[int]]:
        """Return what a consumer needs: a description that JSON can carry, and descriptors."""
        layout = self.layout
        description: dict[str, object] = {
            "size": layout.size,
            "count": layout.count,
            "cpus": layout.cpus,
            "loss_mode": self.spec.loss_mode.value,
        }
        return description, [self._maps.control, self._maps.data, self._maps.wake, self._flusher]

    def close(self) -> None:
        """Detach and free everything; what the consumer holds lives on until it lets go."""
        if self._active:
            self.stop()
        probes = list(self._probes.values())
        self._probes.clear()
        self._detach(probes, [probe.program for probe in probes])
        for table in self._tables.values():
            table.close()
        self._tables.clear()
        if hasattr(self, "_control"):
            self._control.close()
            del self._control
        memory.close_all(self._descriptors)
        self._descriptors.clear()
