"""What every test shares."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from autograd_core.primitives import TABLE

# A shared machine can stall any one example: time is measured by tests/benchmarks and by nothing else.
# The everyday run draws the same examples each time, so that a red run is a change; the thorough one looks further.
settings.register_profile("untimed", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=2000)  # --hypothesis-profile=thorough
settings.load_profile("untimed")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell starts what runs in the background; tests press Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def table_as_it_was() -> Iterator[None]:
    """A row that a test adds to the table of primitives goes with the test."""
    before = dict(TABLE)
    yield
    for name in TABLE.keys() - before.keys():
        del TABLE[name]
