"""What every test shares."""

from __future__ import annotations

import importlib.util
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from autograd_core.errors import MissingExtra
from autograd_core.primitives import TABLE

# A shared machine can stall any one example: time is measured by tests/benchmarks and by nothing
# else. The everyday run draws the same examples each time, so that a red run is a change; the
# thorough one looks further.
settings.register_profile("untimed", deadline=None, derandomize=True)
settings.register_profile(
    "thorough", deadline=None, max_examples=2000
)  # --hypothesis-profile=thorough
settings.load_profile("untimed")


if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # as a shell starts what runs in the background; tests press Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the back-end 'c' compiles is kept in a folder of this run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRAD_CORE_CACHE", str(tmp_path_factory.mktemp("libraries")))
        yield


OPTIONAL = {
    "IPython",
    "anywidget",
    "dask",
    "distributed",
    "graphviz",
    "ipykernel",
    "jax",
    "jupytext",
    "matplotlib",
    "mpmath",
    "nbclient",
    "numpy",
    "onnx",
    "onnxruntime",
    "pandas",
    "pygraphviz",
    "scipy",
    "sklearn",
    "sympy",
    "torch",
}
"""What the extras bring, and the peers: the base install has none of them."""
MISSING = {name for name in OPTIONAL if importlib.util.find_spec(name) is None}
PROMISED = {Path(__file__).parent / name for name in ("engine", "nn", "textbook")}
"""What the base install promises: there a test that needs a package must say so itself."""


def _needs(error: BaseException | None) -> bool:
    """Whether this is the error of a package that is not installed."""
    return isinstance(error, MissingExtra) or (
        isinstance(error, ModuleNotFoundError) and error.name in OPTIONAL
    )


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """Skip a file of tests that imports an optional package which is not installed."""
    report = yield
    error = (
        report.call.excinfo.value.__cause__
        if MISSING and report.failed and report.call.excinfo
        else None
    )
    if _needs(error):
        report.outcome, report.longrepr = "skipped", (str(collector.path), 0, f"Skipped: {error}")
    return report


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Skip a test that asks for an optional package which is not installed."""
    try:
        return (yield)
    except (Exception, pytest.fail.Exception) as error:
        needed = (
            error if _needs(error) else error.__context__
        )  # where pytest.warns says that there was no warning
        if not MISSING or not _needs(needed) or PROMISED & set(pyfuncitem.path.parents):
            raise
        pytest.skip(str(needed))


@pytest.fixture(autouse=True)
def table_as_it_was() -> Iterator[None]:
    """A row that a test adds to the table of primitives goes with the test."""
    before = dict(TABLE)
    yield
    for name in TABLE.keys() - before.keys():
        del TABLE[name]


@pytest.fixture
def compiled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each path of a compiled function is compiled when it is first taken."""
    monkeypatch.setattr("autograd_core.compiler.running.PATIENCE", 0.0)
