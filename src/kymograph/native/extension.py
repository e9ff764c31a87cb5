# SPDX-License-Identifier: MIT
"""The extension itself, and its faults as errors a person can act on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from kymograph.base.errors import ErrorCode, KymoError

__all__ = ["extension", "faults"]

if TYPE_CHECKING:
    from kymograph import _native as extension
else:
    try:
        from kymograph import _native as extension
    except ImportError as reason:
        extension = reason

_CODES = {
    "metadata": ErrorCode.BAD_METADATA,
    "data": ErrorCode.BAD_TRACE,
    "clash": ErrorCode.BAD_TRACE,
    "no-trace": ErrorCode.NO_TRACE,
    "io": ErrorCode.NO_TRACE,
    "option": ErrorCode.BAD_VALUE,
    "output": ErrorCode.OUTPUT,
}


@contextmanager
def faults() -> Iterator[None]:
    """Turn faults of the extension into `KymoError`s; raise `NO_EXTENSION` if there is no extension."""
    if not isinstance(extension, ModuleType):
        raise KymoError(
            ErrorCode.NO_EXTENSION,
            f"this installation lacks its Rust extension: {extension}",
            "reinstall kymograph, or build it with: maturin develop --release",
        )
    try:
        yield
    except extension.NativeError as fault:
        kind, message = fault.args
        raise KymoError(_CODES.get(kind, ErrorCode.INTERNAL), message) from None
