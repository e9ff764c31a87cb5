# SPDX-License-Identifier: MIT
"""Every system call beyond the standard library: bpf(2), perf_event_open(2), tracefs, BTF."""
