# SPDX-License-Identifier: MIT
"""The error family: one line, a status, and the same error again from its JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kymograph.base.errors import ErrorCode, KymoError, context

errors = st.builds(KymoError, st.sampled_from(ErrorCode), st.text(), st.text())


@given(errors, st.lists(st.text(), max_size=3))
def test_an_error_survives_its_journey(error, contexts):
    error.context += contexts
    again = KymoError.from_dict(error.as_dict())
    assert again.as_dict() == error.as_dict()
    assert (again.line(), again.exit_status) == (error.line(), error.exit_status)


def test_contexts_are_told_from_the_outside_in():
    with pytest.raises(KymoError) as caught, context("session a"), context("channel b"):
        raise KymoError(ErrorCode.NO_EVENT, "there is no event 'x'", "did you mean 'y'?")
    assert caught.value.line() == "session a: channel b: there is no event 'x' (did you mean 'y'?)"


def test_a_newer_peers_error_is_still_an_error():
    assert KymoError.from_dict({"code": "of-tomorrow", "message": "m"}).code is ErrorCode.INTERNAL


def test_the_statuses_are_lttngs():
    status = {code: KymoError(code, "").exit_status for code in ErrorCode}
    assert status[ErrorCode.NO_EVENT] == 1
    assert status[ErrorCode.UNDEFINED_COMMAND] == 2
    assert status[ErrorCode.INTERNAL] == 3
    assert status[ErrorCode.SESSION_ACTIVE] == status[ErrorCode.EVENT_ENABLED] == 4
    assert set(status.values()) == {1, 2, 3, 4, 126, 127}, "the last two are a shell's, of `record`"
