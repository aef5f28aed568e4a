"""The progress of a training: a bar in a terminal, plain lines in a log file."""

from __future__ import annotations

import io

import pytest

from nn.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_in_a_terminal_the_bar_renews_itself_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("nn.progress.time.monotonic", lambda: now[0])
    stream = Terminal()
    bar = Progress(epochs=2, batches=4, stream=stream)
    for batch in range(1, 5):
        now[0] += 5.0
        bar.batch(1, batch, 0.5, 0.75)
    bar.epoch(1, 0.5, 0.75)
    bar.close()
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert text.endswith("\n")
    shown = [line.rstrip() for line in text.split("\r")[1:]]
    assert shown[0] == "[###.....................]  epoch 1/2  loss 0.5000  accuracy 75.0 %  0:35 left"
    assert shown[-1] == "[############............]  epoch 1/2  loss 0.5000  accuracy 75.0 %  0:20 left"


def test_the_bar_is_drawn_at_most_ten_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("nn.progress.time.monotonic", lambda: now[0])
    stream = Terminal()
    bar = Progress(epochs=1, batches=1000, stream=stream)
    for batch in range(1, 1001):
        now[0] += 0.001
        bar.batch(1, batch, 0.5, None)
    assert 9 <= stream.getvalue().count("\r") <= 10


def test_in_a_log_file_progress_is_a_plain_line_for_some_epochs() -> None:
    stream = io.StringIO()
    bar = Progress(epochs=100, batches=1, stream=stream)
    for epoch in range(1, 101):
        bar.batch(epoch, 1, 0.5, None)
        bar.epoch(epoch, 0.5, None)
    bar.close()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 20
    assert lines[-1] == "epoch 100/100  loss 0.5000  0:00 left"
    assert "\r" not in stream.getvalue()
