# SPDX-License-Identifier: MIT
"""Values that LTTng computes with code of its own: the scheduler's state word, namespaces, virtual
thread ids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kymograph.bpf.assembler import Assembler
from kymograph.bpf.instructions import Alu, Helper, Jump, Reg
from kymograph.instrument.values import (
    FP,
    R0,
    R1,
    R2,
    R3,
    R4,
    R6,
    SCRATCH,
    DynamicValue,
    FixedValue,
    Path,
    Value,
)
from kymograph.sys.btf import Btf, Kind

_REPORT = 0x7F
"""TASK_REPORT: the states a tracer may see."""
_REPORT_IDLE = 0x80
_REPORT_MAX = 0x100
"""TASK_REPORT_MAX: the task was preempted."""
_IDLE, _RTLOCK_WAIT, _UNINTERRUPTIBLE = 0x402, 0x1000, 0x2

MAX_PID_LEVELS = 33
"""Levels of nested pid namespaces, the initial one included (MAX_PID_NS_LEVEL 32)."""


@dataclass(frozen=True)
class SwitchState(FixedValue):
    """`prev_state` of sched_switch: the highest reported bit, or 256 when preempted.

    Linux include/trace/events/sched.h `__trace_sched_switch_state`, include/linux/sched.h
    `__task_state_index`.
    """

    preempt: int
    prev: int
    prev_state: int
    exit_state: int
    size: int = 8

    def emit(self, a: Assembler, base: Reg, offset: int) -> None:
        """Branch on the rare cases, then fill all bits below the highest and take them away."""
        a.mov(R3, _REPORT_MAX)
        a.load(8, R1, R6, 8 * self.preempt)
        a.and_(R1, 0xFF)
        a.jump_if(Jump.NE, R1, 0, "state_done")
        a.load(8, R2, R6, 8 * self.prev_state)
        a.lsh(R2, 32)
        a.rsh(R2, 32)
        a.mov(R3, _REPORT_IDLE)
        a.jump_if(Jump.EQ, R2, _IDLE, "state_done")
        a.mov(R3, _UNINTERRUPTIBLE)
        a.jump_if(Jump.SET, R2, _RTLOCK_WAIT, "state_done")
        a.load(8, R1, R6, 8 * self.prev)
        a.load(4, R3, R1, self.exit_state)
        a.alu(Alu.OR, R3, R2)
        a.and_(R3, _REPORT)
        a.jump_if(Jump.LE, R3, 2, "state_done")
        for shift in (1, 2, 4):
            a.mov(R2, R3)
            a.rsh(R2, shift)
            a.alu(Alu.OR, R3, R2)
        a.mov(R2, R3)
        a.rsh(R2, 1)
        a.sub(R3, R2)
        a.label("state_done")
        a.store(8, base, offset, R3)


@dataclass(frozen=True)
class ActivePidNamespace(FixedValue):
    """Inode number of a task's active pid namespace: `task->thread_pid->numbers[level].ns->ns.inum`.

    The index is known only at run time, which typed pointers do not allow: the way is read by address.
    """

    task: int
    thread_pid: int
    level: int
    numbers: int
    upid_size: int
    upid_ns: int
    inum: int
    size: int = 4

    def emit(self, a: Assembler, base: Reg, offset: int) -> None:
        """A task without a pid (it is dying) has no namespace: 0."""
        cell = SCRATCH - 8
        _thread_pid(a, self.task, self.thread_pid)
        a.store(8, FP, cell, R0)
        a.add(R0, self.level)
        _read(a, R0, cell - 8, 4)
        a.load(4, R1, FP, cell - 8)
        a.alu(Alu.MUL, R1, self.upid_size)
        a.load(8, R3, FP, cell)
        a.add(R3, R1)
        a.add(R3, self.numbers + self.upid_ns)
        _read(a, R3, cell, 8)
        a.load(8, R3, FP, cell)
        a.add(R3, self.inum)
        _read(a, R3, cell, 4)
        a.load(4, R1, FP, cell)
        a.store(4, base, offset, R1)


@dataclass(frozen=True)
class VirtualTids(DynamicValue):
    """A task's thread ids from the outermost pid namespace to its own: a byte that counts, then 32 bits
    each.
    """

    task: int
    thread_pid: int
    level: int
    numbers: int
    upid_size: int
    least: int = 1 + 4 * MAX_PID_LEVELS

    def emit_dynamic(
        self,
        a: Assembler,
        base: Reg,
        offset: int,
        room: int,  # noqa: ARG002 - all levels fit into `least` bytes
        tag: str,
    ) -> None:
        """Read one number after the other until the task's own level."""
        cell = SCRATCH - 8
        _thread_pid(a, self.task, self.thread_pid)
        a.store(8, FP, cell, R0)
        a.add(R0, self.level)
        _read(a, R0, cell - 8, 4)
        for index in range(MAX_PID_LEVELS):
            a.load(8, R3, FP, cell)
            a.add(R3, self.numbers + index * self.upid_size)
            _read(a, R3, cell - 16, 4)
            a.load(4, R1, FP, cell - 16)
            a.store(4, base, offset + 1 + 4 * index, R1)
            a.mov(R4, index + 1)
            a.load(4, R1, FP, cell - 8)
            a.jump_if(Jump.LE, R1, index, f"read_{tag}")
        a.label(f"read_{tag}")
        a.store(1, base, offset, R4)
        a.mov(R0, R4)
        a.lsh(R0, 2)
        a.add(R0, 1)


@dataclass(frozen=True)
class CurrentTask(FixedValue):
    """A member of the running task, `minus` subtracted."""

    offset: int
    loaded: int
    size: int
    minus: int = 0

    def emit(self, a: Assembler, base: Reg, offset: int) -> None:
        """The helper's pointer is typed: `task_struct`."""
        a.call(Helper.GET_CURRENT_TASK_BTF)
        if self.loaded > 8:
            for start in range(0, self.loaded, 8):
                a.load(8, R1, R0, self.offset + start)
                a.store(8, base, offset + start, R1)
            return
        a.load(self.loaded, R1, R0, self.offset)
        if self.minus:
            a.sub(R1, self.minus)
        a.store(self.size, base, offset, R1)


@dataclass(frozen=True)
class PidNumber(FixedValue):
    """The number of a `struct pid` in the outermost pid namespace, 0 for none.

    The pointer may be null (`wait` for any child), which the verifier would not let us ask of an
    argument that it trusts: the number is read as from any address.
    """

    pid: int
    nr: int
    size: int = 4

    def emit(self, a: Assembler, base: Reg, offset: int) -> None:
        """A failed read leaves 0."""
        a.load(8, R3, R6, 8 * self.pid)
        a.add(R3, self.nr)
        _read(a, R3, SCRATCH - 8, 4)
        a.load(4, R1, FP, SCRATCH - 8)
        a.store(4, base, offset, R1)


def _thread_pid(a: Assembler, task: int, thread_pid: int) -> None:
    """R0 = address of the task's `struct pid`, as a plain number (a typed pointer could not be computed
    with).
    """
    a.load(8, R3, R6, 8 * task)
    a.add(R3, thread_pid)
    _read(a, R3, SCRATCH - 8, 8)
    a.load(8, R0, FP, SCRATCH - 8)


def _read(a: Assembler, address: Reg, cell: int, size: int) -> None:
    """Read kernel memory into a frame cell; what cannot be read is 0."""
    if address is not R3:
        a.mov(R3, address)
    a.store(8, FP, cell, 0)
    a.mov(R1, FP)
    a.add(R1, cell)
    a.mov(R2, size)
    a.call(Helper.PROBE_READ_KERNEL)


def _switch_state(btf: Btf, preempt: int, prev: int, prev_state: int) -> Value:
    return SwitchState(preempt, prev, prev_state, btf.member("task_struct", "exit_state").offset)


def _pid_members(btf: Btf) -> tuple[int, int, int, int]:
    upid = btf.find("upid", Kind.STRUCT)
    return (
        btf.member("task_struct", "thread_pid").offset,
        btf.member("pid", "level").offset,
        btf.member("pid", "numbers").offset,
        btf.size(upid) if upid else 0,
    )


def _active_pid_namespace(btf: Btf, task: int) -> Value:
    thread_pid, level, numbers, upid_size = _pid_members(btf)
    inum = btf.member("pid_namespace", "ns.inum").offset
    ns = btf.member("upid", "ns").offset
    return ActivePidNamespace(task, thread_pid, level, numbers, upid_size, ns, inum)


def _virtual_tids(btf: Btf, task: int) -> Value:
    return VirtualTids(task, *_pid_members(btf))


def _current(btf: Btf, member: str, minus: int = 0) -> CurrentTask:
    found = btf.member("task_struct", member)
    return CurrentTask(found.offset, found.size, found.size, minus)


def _task_cpu(btf: Btf, task: int) -> Value:
    return Path(task, (), btf.member("task_struct", "thread_info.cpu", "cpu").offset, 4, True, 4)


def _pid_number(btf: Btf, pid: int) -> Value:
    return PidNumber(pid, btf.member("pid", "numbers").offset + btf.member("upid", "nr").offset)


SPECIALS: Mapping[str, Callable[..., Value]] = {
    "sched_switch_state": _switch_state,
    "active_pid_namespace": _active_pid_namespace,
    "virtual_tids": _virtual_tids,
    "current_comm": lambda btf: _current(btf, "comm"),
    "current_prio": lambda btf: _current(btf, "prio", 100),
    "task_cpu": _task_cpu,
    "pid_number": _pid_number,
}
