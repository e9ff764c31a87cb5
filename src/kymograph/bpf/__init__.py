# SPDX-License-Identifier: MIT
"""BPF instructions, assembler, disassembler, programs and maps."""
