"""The progress of a training: a widget in a notebook, a bar in a terminal, now and then a line
in a log file.
"""

from __future__ import annotations

import io
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from nn import MLP, EarlyStopping, GradientDescent, fit
from nn.training.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A clock that goes only as a test says, and a terminal of 100 columns."""
    now = [0.0]
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("nn.training.progress.time.monotonic", lambda: now[0])
    return lambda seconds: now.__setitem__(0, now[0] + seconds)


def train(
    bar: Progress, epochs: int, batches: int, pause: Callable[[], None], start: int = 1
) -> None:
    for epoch in range(start, epochs + 1):
        for batch in range(1, batches + 1):
            pause()
            bar.batch(epoch, batch, 0.5, 0.75)
        bar.epoch(epoch, 0.5, 0.75)


def test_in_a_terminal_the_bar_renews_itself_on_one_line(wait: Callable[[float], None]) -> None:
    stream = Terminal()
    bar = Progress(epochs=2, batches=4, stream=stream)
    train(bar, 2, 4, lambda: wait(25.0))
    bar.close()
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert text.endswith("\n")
    shown = [line.rstrip() for line in text.split("\r")[1:]]
    assert (
        shown[0] == "[###.....................]  epoch 1/2  loss 0.5000  accuracy 75.0 %  2:55 left"
    )
    assert (
        shown[3] == "[############............]  epoch 1/2  loss 0.5000  accuracy 75.0 %  1:40 left"
    )
    assert shown[-1] == "epoch 2/2  loss 0.5000  accuracy 75.0 %  took 3:20"


def test_the_bar_is_drawn_at_most_ten_times_a_second(wait: Callable[[float], None]) -> None:
    stream = Terminal()
    bar = Progress(epochs=100, batches=10, stream=stream)
    train(bar, 100, 10, lambda: wait(0.001))
    assert 9 <= stream.getvalue().count("\r") <= 10


@pytest.mark.parametrize(("columns", "bar"), [("100", 24), ("70", 14), ("40", 4)])
def test_the_bar_never_fills_the_terminal(
    columns: str, bar: int, wait: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line as wide as the terminal wraps, and what wraps is not written over."""
    monkeypatch.setenv("COLUMNS", columns)
    stream = Terminal()
    train(Progress(epochs=2, batches=1, stream=stream), 2, 1, lambda: wait(1.0))
    lines = stream.getvalue().split("\r")[1:]
    assert max(map(len, lines)) < int(columns)
    assert {line.index("]") - 1 for line in lines} == {bar}


def test_in_a_log_file_lines_become_rare(wait: Callable[[float], None]) -> None:
    stream = io.StringIO()
    bar = Progress(epochs=1000, batches=3, stream=stream)
    train(bar, 1000, 3, lambda: wait(0.25))
    bar.close()
    lines = stream.getvalue().splitlines()
    assert [line.split("  ")[0] for line in lines[:5]] == [
        f"epoch {n}/1000" for n in (2, 4, 10, 20, 42)
    ]
    assert (
        len(lines) == 6 + 11 + 1
    )  # until 63 s the pauses double, until 750 s they are a minute; and the last line
    assert lines[-1] == "epoch 1000/1000  loss 0.5000  accuracy 75.0 %  took 12:30"
    assert "\r" not in stream.getvalue()


def test_a_short_training_is_one_line_in_a_log_file() -> None:
    stream = io.StringIO()
    bar = Progress(epochs=3, batches=1, stream=stream)
    train(bar, 3, 1, lambda: None)
    bar.close()
    bar.close()
    assert stream.getvalue().startswith("epoch 3/3  loss 0.5000")
    assert stream.getvalue().count("\n") == 1


def test_the_time_left_of_a_resumed_training_counts_from_where_it_began(
    wait: Callable[[float], None],
) -> None:
    stream = Terminal()
    bar = Progress(epochs=100, batches=1, stream=stream)
    train(bar, 51, 1, lambda: wait(10.0), start=51)
    assert stream.getvalue().endswith("8:10 left")  # 49 epochs of 10 seconds


def test_what_is_said_comes_after_the_last_epoch() -> None:
    stream = Terminal()
    bar = Progress(epochs=9, batches=1, stream=stream)
    train(bar, 4, 1, lambda: None)
    bar.say("interrupted")
    bar.close()
    before, after, _ = stream.getvalue().split("\n")
    assert before.startswith("\repoch 4/9  loss")
    assert before.startswith("\repoch 4/9") or after == "interrupted"
    assert after == "interrupted"


def test_a_bar_that_ends_within_the_first_epoch_leaves_a_whole_line(
    wait: Callable[[float], None],
) -> None:
    stream = Terminal()
    bar = Progress(epochs=9, batches=2, stream=stream)
    wait(1.0)
    bar.batch(1, 1, 0.5, None)
    bar.close()
    assert stream.getvalue().endswith(" left\n")


def test_fit_shows_the_last_epoch_also_where_it_ends_early(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stop = EarlyStopping("loss", patience=3)
    fit(
        MLP(1, [1], seed=0), [[0.5]], [1.0], loss="mean_squared_error",
        optimizer=GradientDescent(0.0), callbacks=[stop], epochs=99,
    )  # fmt: skip
    assert capsys.readouterr().err.startswith("epoch 4/99  loss ")


def test_where_nothing_is_shown_nothing_is_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bar = Progress(epochs=1, batches=1, shown=False)
    train(bar, 1, 1, lambda: None)
    bar.say("interrupted")
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys, "stderr", None)  # as in a window without a console
    Progress(epochs=1, batches=1).say("interrupted")


class Notebook:
    """What a notebook's page shows: outputs that can be exchanged."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.outputs: list[Any] = []
        ipython: Any = types.ModuleType("IPython")
        ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
        ipython.display = types.ModuleType("IPython.display")
        ipython.display.display = self.display
        monkeypatch.setitem(sys.modules, "IPython", ipython)
        monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)

    def display(self, shown: Any, raw: bool, display_id: bool) -> Any:
        place = len(self.outputs)
        self.outputs.append(shown)
        return types.SimpleNamespace(
            update=lambda shown, raw: self.outputs.__setitem__(place, shown)
        )


def test_in_a_notebook_without_widgets_one_line_is_exchanged(
    wait: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    page = Notebook(monkeypatch)
    bar = Progress(epochs=2, batches=1)
    train(bar, 1, 1, lambda: wait(1.0))
    assert page.outputs == [
        {
            "text/plain": "[############............]  epoch 1/2  loss 0.5000  accuracy 75.0 %  "
            "1.0 s left"
        }
    ]
    bar.close()
    bar.say("interrupted")
    lines = [output["text/plain"] for output in page.outputs]
    assert lines == ["epoch 1/2  loss 0.5000  accuracy 75.0 %  took 1.0 s", "interrupted"]


def test_in_a_notebook_with_widgets_a_bar_fills_and_leaves_text_that_a_saved_page_can_show(
    wait: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []
    widgets: Any = types.ModuleType("ipywidgets")
    widgets.FloatProgress = lambda value, min, max: types.SimpleNamespace(value=value)
    widgets.Label = lambda value: types.SimpleNamespace(value=value)
    widgets.HBox = lambda children: types.SimpleNamespace(
        children=children, close_all=lambda: closed.append(True)
    )
    monkeypatch.setitem(sys.modules, "ipywidgets", widgets)
    page = Notebook(monkeypatch)
    bar = Progress(epochs=4, batches=1)
    train(bar, 1, 1, lambda: wait(1.0))
    assert [part.value for part in page.outputs[0].children] == [
        0.25,
        "epoch 1/4  loss 0.5000  accuracy 75.0 %  3.0 s left",
    ]
    bar.close()
    assert page.outputs == [{"text/plain": "epoch 1/4  loss 0.5000  accuracy 75.0 %  took 1.0 s"}]
    assert closed == [True]


def test_the_real_widgets_show_the_same() -> None:
    widgets = pytest.importorskip("ipywidgets")
    from nn.training.progress import _widget

    bar, label = _widget().children
    assert isinstance(bar, widgets.FloatProgress)
    assert isinstance(label, widgets.Label)
    assert (bar.min, bar.max) == (0.0, 1.0)


def test_a_notebook_that_ends_before_the_bar_shows_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = Notebook(monkeypatch)
    bar = Progress(epochs=1, batches=1)
    bar.close()
    assert page.outputs == []
    train(bar, 1, 1, lambda: None)
    bar.close()
    assert [output["text/plain"].split("  ")[0] for output in page.outputs] == ["epoch 1/1"]
