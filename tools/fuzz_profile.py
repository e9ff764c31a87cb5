# SPDX-License-Identifier: MIT
"""A pytest plugin: the hypothesis profile `fuzz`, of FUZZ_CASES cases and no deadline."""

import os

from hypothesis import settings

settings.register_profile("fuzz", max_examples=int(os.environ["FUZZ_CASES"]), deadline=None, print_blob=True)
