"""The digits that the README states are reached."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from . import accuracy_of_peers, accuracy_of_reductions
from .accuracy import derivatives, function, load, offered, score, scores, totals, verdict

DOCUMENT = Path(__file__).parents[2] / "docs" / "accuracy.md"

# Of the numbers of each order: at least this share within 4 units in the last place, at most this
# share doubtful.
WANTED = [(0.995, 0.005), (0.99, 0.01), (0.98, 0.02)]


@pytest.mark.parametrize("name", load())
def test_a_function_is_as_good_as_documented(name: str) -> None:
    documented = re.search(
        rf"\| {name} \| (.*) % \| (.*) % \| (.*) % \| (\d*)", DOCUMENT.read_text(encoding="utf-8")
    )
    assert documented, f"docs/accuracy.md has no row for {name}"
    *shares, doubtful = documented.groups(default="0")
    counts = score(load()[name], offered(name))
    # The C library may differ in a last digit or two from the one that was measured.
    assert all(
        100.0 * c["right"] / c.total() >= float(share) - 3.0
        for c, share in zip(counts, shares, strict=True)
    ), counts
    assert sum(c["doubtful"] for c in counts) <= int(doubtful or 0)


def test_the_readme_states_the_same_shares() -> None:
    readme = (DOCUMENT.parents[1] / "README.md").read_text(encoding="utf-8")
    page = DOCUMENT.read_text(encoding="utf-8")
    shares = {
        name: re.findall(r"[\d.]+ %", row)
        for name, row in re.findall(r"^\| (\S+)(.* %) \|", page[: page.index("doubtful |")], re.M)
    }
    all_functions = re.search(r"^\| \*\*all\*\* \|(.*)\|", page, re.MULTILINE)
    assert all_functions
    assert re.findall(r"[\d.]+ %", all_functions[1]) == shares["autograd-core"]
    line = readme[readme.index("**Accuracy.**") : readme.index("[Accuracy]")]
    assert re.findall(r"[\d.]+ %", line) == shares["autograd-core"]
    first = [shares[name][1] for name in ("autograd-core", "PyTorch", "JAX")]
    found = re.search(r"^\| first derivatives .*", readme, re.MULTILINE)
    assert found
    assert re.findall(r"[\d.]+ %", found[0]) == first


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_promised_share_of_digits_is_reached(order: int) -> None:
    right, doubtful = WANTED[order]
    count = totals(scores())[order]
    assert count["right"] >= right * count.total(), count
    assert count["doubtful"] <= doubtful * count.total(), count


def test_peers_are_scored_like_this_library() -> None:
    assert accuracy_of_peers.measured(lambda: (function, derivatives)) == totals(scores())


def test_a_verdict_counts_units_in_the_last_place() -> None:
    one = math.ulp(1.0)
    assert verdict(1.0 + 4 * one, "1") == "right"
    assert verdict(1.0 + 5 * one, "1") == "fair"
    far = [(1.0 + 1e-5, "1"), (math.nan, "1"), (math.inf, "1"), (1.0, "inf"), (1e300, "1e-300")]
    assert [verdict(got, exact) for got, exact in far] == ["doubtful"] * 5
    assert verdict(math.inf, "inf") == verdict(0.0, "0") == verdict(5e-324, "0") == "right"


@pytest.mark.slow
@pytest.mark.parametrize("way", accuracy_of_reductions.WAYS)
@pytest.mark.parametrize("name", ["norm", "logsumexp", "softmax"])
def test_a_reduction_is_as_good_as_documented(name: str, way: str) -> None:
    pytest.importorskip("numpy")
    documented = re.search(
        rf"\| {name}, {way} \| (.*) % \| (.*) % \| (.*) % \| (\d*)",
        DOCUMENT.read_text(encoding="utf-8"),
    )
    assert documented, f"docs/accuracy.md has no row for {name}, {way}"
    *shares, doubtful = documented.groups(default="0")
    counts = accuracy_of_reductions.scores(name, way)
    # Sums are added in another order elsewhere: by Python from 3.12 on, and by another BLAS.
    assert all(
        100.0 * c["right"] / c.total() >= float(share) - 3.0
        for c, share in zip(counts, shares, strict=True)
    ), counts
    assert sum(c["doubtful"] for c in counts) <= int(doubtful or 0) + 3


@pytest.mark.parametrize("way", accuracy_of_reductions.WAYS)
def test_sums_and_products_are_as_good_as_documented(way: str) -> None:
    """Eight units for each operand are promised; a few in all are what is reached."""
    pytest.importorskip("numpy")
    for name in ("sum", "mean", "dot"):
        assert accuracy_of_reductions.error_of_sum(name, way) <= 4.0
    assert accuracy_of_reductions.units_of_product(way) <= 1.0
