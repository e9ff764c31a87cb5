# SPDX-License-Identifier: MIT
"""Loads programs, and makes the kernel's refusals readable."""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass

from kymograph.base.errors import ErrorCode, KymoError
from kymograph.bpf.disassembler import disassemble
from kymograph.sys import bpf


@dataclass(frozen=True)
class ProgramCode:
    """A program ready to load: its kind and name, its instructions, and what it attaches to by type."""

    kind: bpf.ProgramType
    name: str
    code: bytes
    attach_type: bpf.AttachType = bpf.AttachType.NONE
    attach_btf_id: int = 0


def load(program: ProgramCode) -> int:
    """Load and return the descriptor. Raise `BPF_REFUSED` (not allowed) or `BPF_REJECTED` (not verified)."""
    try:
        return bpf.program_load(
            program.kind, program.code, program.name, program.attach_type, program.attach_btf_id
        )
    except bpf.VerifierError as error:
        if error.errno in (errno.EPERM, errno.EACCES) and not error.log:
            raise refused(error) from None
        raise rejected(program, error) from None
    except OSError as error:
        raise refused(error) from None


def refused(error: OSError) -> KymoError:
    """Say that the kernel does not let us use BPF, and what would."""
    if error.errno == errno.ENOSYS:
        return KymoError(ErrorCode.BPF_REFUSED, "this kernel has no BPF", "it needs CONFIG_BPF_SYSCALL=y")
    if error.errno == errno.ENOMEM:
        return KymoError(ErrorCode.BPF_REFUSED, "the kernel has no memory for it", "use smaller sub-buffers")
    return KymoError(
        ErrorCode.BPF_REFUSED,
        f"the kernel refused BPF: {error.strerror}",
        "run the session daemon as root, or with CAP_BPF and CAP_PERFMON; kernel lockdown forbids it to all",
    )


def rejected(program: ProgramCode, error: bpf.VerifierError) -> KymoError:
    """Name the instruction that the verifier stumbled over, and its words."""
    lines = [line for line in error.log.splitlines() if line and not line.startswith("processed ")]
    verdict = lines[-1] if lines else error.strerror
    result = KymoError(
        ErrorCode.BPF_REJECTED,
        f"the kernel's verifier rejected {program.name}: {verdict}",
        "please report this, with the kernel's version",
    )
    slots = [match[1] for match in (re.match(r"(\d+): \(", line) for line in lines) if match]
    if slots:
        listing = {line.split(":")[0]: line for line in disassemble(program.code)}
        result.context.append(f"at instruction {listing.get(slots[-1], slots[-1])}")
    return result
