"""`explore`: its steps as data are what the sweep computed, on a copy; the page in a browser is
tested in tests/browser.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from autograd_core import Value, draw, explore, group, relu, sum, where
from autograd_core.drawing.explorer.stepper import DECIDED

from .conftest import hide_programs, hide_pygraphviz
from .neurons import neuron, words

pytest.importorskip("graphviz")


def numbers(text: str) -> list[float]:
    return [float(x.replace("−", "-")) for x in re.findall(r"[+−]?\d+\.\d+", text)]


def test_every_step_says_who_sends_what_to_whom() -> None:
    """local × upstream = contribution, one line for each arrow, users before operands."""
    steps = explore(neuron()).frames()["steps"]
    assert [step["head"].split(" has")[0] for step in steps] == [
        "loss", "err", "a", "z", "v3", "v2", "v1",
    ]  # fmt: skip
    assert steps[2]["head"] == "a has its whole gradient, −1.74, and sends it on:"
    assert steps[2]["lines"] == [
        "to z: local 0.113 × upstream −1.74 = −0.197, where local = da/dz = σ(z)(1 − σ(z)) = "
        "0.130 × 0.870 = 0.113"
    ]
    for step in steps:
        for line in step["lines"]:
            local, upstream, product = numbers(line.split(": ")[1])[:3]
            assert local * upstream == pytest.approx(product, abs=2e-3)


def test_a_card_shows_what_it_has_received_so_far() -> None:
    """x is used three times: 1, then 1 + 1, then the whole gradient."""
    x = Value(2.0, "x")
    y = sum([x * 1.0, x * 2.0, x * 4.0])
    frames = explore(y).frames()
    card = next(card.id for card in draw(y).content.cards if card.title == "x")
    sums = [step["sums"][card] for step in frames["steps"] if card in step["sums"]]
    assert sums == ["+4.00", "+6.00"]
    assert frames["cards"][card] == "+7.00"
    assert [card in step["complete"] for step in frames["steps"]] == [False, False, False, True]


def test_nothing_is_written_to_the_graph() -> None:
    """It works on a copy, gradients included."""
    loss = neuron()
    explore(loss).frames()
    assert loss._grad is None
    assert "not computed" in draw(loss).svg()


def test_other_numbers_in_the_leaves_give_other_values_and_gradients() -> None:
    """As if the graph had been computed with them; labels and groups stay."""
    loss = neuron()
    explorer = explore(loss)
    (place,) = (leaf["place"] for leaf in explorer.frames()["leaves"] if leaf["title"] == "w1")
    changed = explorer.picture({place: 2.0}).content
    w1, x1, w2, x2, b, y = 2.0, 2.0, 1.2, -1.0, 0.9, 1.0
    a = Value(w1 * x1 + w2 * x2 + b).sigmoid().data
    assert changed.card("a").value == pytest.approx(a)
    assert changed.card("w1").gradient == pytest.approx(2 * (a - y) * a * (1 - a) * x1)
    assert changed.card("w1").group.name == "neuron"
    assert explorer.picture().content.card("w1").value == -0.8


def test_a_branch_can_open_when_a_number_changes() -> None:
    """The selection is made anew; it was 0 for an inactive relu."""
    w = Value(-1.0, "w")
    explorer = explore(relu(w * 3.0))
    assert explorer.picture().content.card("w").gradient == 0.0
    assert explorer.picture({0: 1.0}).content.card("w").gradient == 3.0
    assert len(explorer.frames()["steps"]) < len(explorer.frames({0: 1.0})["steps"])


def test_the_page_is_one_file_with_its_own_data() -> None:
    """No address is loaded; the drawing is there without scripts; labels cannot break out of it."""
    with group("</script>"):
        x = Value(1.0, "</script><script>alert(1)</script>\u2028")
    page = explore(x * 2.0, title="<b>").html()
    assert page.count("</script>") == 1
    (drawing,) = re.findall(
        r'<img alt="&lt;b&gt;" .*?src="data:image/svg\+xml;base64,(.+?)">', page
    )
    assert base64.b64decode(drawing).startswith(b"<svg")
    assert "<title>&lt;b&gt;</title>" in page
    assert not re.search(r"""(?:src|href)=["'](?!data:)|https?://(?!www\.w3\.org/)""", page)
    data = re.search(r"revive\(place, (\{.*\}), ''\);", page)
    assert data
    assert set(json.loads(data[1])) == {"cards", "forward", "steps", "result", "leaves"}


def test_the_page_can_be_saved(tmp_path: Path) -> None:
    """Its path comes back."""
    path = tmp_path / "steps.html"
    explorer = explore(neuron())
    assert explorer.save(path) == str(path)
    assert path.read_text("utf-8") == explorer.html()


def test_a_notebook_without_a_kernel_gets_the_page() -> None:
    """And the text alone where nothing can be rendered."""
    explorer = explore(neuron())
    assert explorer._repr_mimebundle_()["text/html"] == explorer._repr_html_()
    assert set(explorer._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}


def test_without_graphviz_the_text_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a notebook nothing raises."""
    hide_programs(monkeypatch, tmp_path)
    hide_pygraphviz(monkeypatch)
    assert "pip install" in explore(neuron())._repr_mimebundle_()["text/plain"]


def test_the_options_are_those_of_draw() -> None:
    """A focus is found in the copy; too large a graph is refused in words."""
    loss = neuron()
    z = loss.operands[0].operands[0].operands[0]
    content = explore(loss, focus=z, steps=1, constants=False).picture().content
    assert {card.title for card in content.cards} == {"z", "a", "b", "v3"}
    with pytest.raises(ValueError, match="limit=3"):
        explore(loss, limit=3).frames()
    with pytest.raises(TypeError, match="draw and explore take a Value"):
        explore(2.0)  # type: ignore[arg-type]


def test_the_widget_follows_the_numbers_typed() -> None:
    """Its frames are computed anew; what is no number yet changes nothing."""
    pytest.importorskip("anywidget")
    loss = neuron()
    widget = explore(loss).widget()
    before = widget.frames
    widget.changes = {"0": None}
    assert widget.frames == before
    widget.changes = {"0": 2.0}
    assert widget.frames["leaves"][0]["value"] == 2.0
    assert widget.frames["cards"] != before["cards"]
    assert widget.problem == ""


def test_without_anywidget_the_error_says_which_extra_to_install() -> None:
    """The page works all the same."""
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "from autograd_core import Value, explore\n"
        "explorer = explore(Value(2.0) * 3.0); explorer.html()\n"
        "try: explorer.widget()\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'autograd-core[notebook]'" in done.stdout


@pytest.mark.parametrize("typing", [True, False])
def test_a_page_in_a_notebook_needs_no_kernel_and_names_its_widget_where_one_answers(
    monkeypatch: pytest.MonkeyPatch, typing: bool
) -> None:
    """What is saved is the page; a widget in its place would be empty without its kernel."""
    pytest.importorskip("anywidget")
    kernel = SimpleNamespace(_allow_stdin=typing)
    monkeypatch.setitem(
        sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=kernel))
    )
    explorer = explore(neuron())
    monkeypatch.setattr(explorer, "widget", lambda: SimpleNamespace(id="live-one"))
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert ("'live-one');" in bundle["text/html"]) == typing


def test_a_condition_that_changed_numbers_might_turn_is_warned_of() -> None:
    """It is a plain number, which nothing can compute anew; where it is a Value, it is computed."""
    x = Value(2.0, "x")
    y = where(x > 0, 2 * x, x * x)
    explorer = explore(y)
    assert DECIDED in words(explorer.picture({0: -3.0}).source)
    assert DECIDED in words(explorer.frames({0: -3.0})["svg"])
    for changes in ({}, {0: 2.0}):
        assert DECIDED not in words(explorer.picture(changes).source)
    x.data = -3.0
    assert DECIDED in words(explore(y).picture().source)
    z = where(Value(1.0, "condition"), 2 * x, x * x)
    assert DECIDED not in words(explore(z).picture({0: 0.0}).source)


def test_a_page_is_written_as_html_only(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"saved as \.html, got .*e\.png.*draw\(value\)\.save"):
        explore(neuron()).save(tmp_path / "e.png")
    assert not list(tmp_path.iterdir())


def test_a_graph_beyond_the_limit_is_told_in_words_of_explore() -> None:
    x = Value(1.0)
    with pytest.raises(ValueError, match=r"^explore draws up to limit=2 cards"):
        explore(x * x * x * x, limit=2).html()


def test_long_names_that_begin_alike_are_told_apart() -> None:
    a, b, long = Value(2.0, "a"), Value(3.0, "b"), "x" * 70
    product, total = a * b, a + b
    product.label, total.label = f"{long}1", f"{long}2"
    heads = [step["head"] for step in explore(product - total).frames()["forward"]]
    assert [head.rpartition(" = ")[2] for head in heads] == ["6.00", "5.00", "1.00"]
