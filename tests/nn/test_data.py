"""The digits, the stratified split, one-hot targets and batches."""

from __future__ import annotations

import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_core.errors import MissingExtra
from nn import batches, digits, one_hot, split


def test_the_digits_are_1797_images_of_64_grey_values_between_0_and_1() -> None:
    pytest.importorskip("sklearn")
    images, classes = digits()
    assert (len(images), len(classes)) == (1797, 1797)
    assert {len(image) for image in images} == {64}
    assert min(map(min, images)) == 0.0
    assert max(map(max, images)) == 1.0
    assert set(classes) == set(range(10))
    assert type(images[0][0]) is float
    assert type(classes[0]) is int


def test_without_scikit_learn_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingExtra, match=r"scikit-learn.*autograd-core\[demo\]"):
        digits()


@given(
    st.lists(st.sampled_from("abc"), min_size=2, max_size=60), st.floats(0.05, 0.95), st.integers()
)
def test_a_stratified_split_takes_the_same_share_of_each_class_and_loses_nothing(
    classes: list[str], share: float, seed: int
) -> None:
    (xs, ys), (held, held_ys) = split(range(len(classes)), classes, share, seed=seed)
    assert sorted(xs + held) == list(range(len(classes)))
    assert [classes[i] for i in xs + held] == ys + held_ys
    total, out = Counter(classes), Counter(held_ys)
    if len(classes) >= 3 * len(total):
        assert all(abs(out[k] - share * n) <= 1.0 for k, n in total.items())
        assert all(out[k] == 0 for k, n in total.items() if n == 1)
    assert abs(len(held) - share * len(classes)) <= 1.0 + 2 * (1 in total.values())
    assert xs
    assert held


def test_a_split_holds_out_the_share_of_numbers_that_hardly_repeat() -> None:
    for targets in (
        [i * 0.37 for i in range(20)],
        list(range(20)),
        [[0.1 * i, 1.0] for i in range(20)],
    ):
        train, test = split([[i] for i in range(20)], targets)
        assert (len(train[0]), len(test[0])) == (16, 4)
    assert len(split(range(442), [float(i % 214) for i in range(442)])[1][0]) == 88


def test_small_classes_are_held_out_together_and_a_lonely_sample_is_trained() -> None:
    pairs = [k for k in range(40) for _ in range(2)] + [99] + [100] * 80
    train, test = split(range(len(pairs)), pairs)
    assert len(test[0]) == round(0.2 * len(pairs))
    assert 99 in train[1]
    assert sum(k < 40 for k in test[1]) == 16


def test_the_seed_decides_the_split() -> None:
    samples = (list(range(50)), [0, 1] * 25)
    assert split(*samples, seed=1) == split(*samples, seed=1) != split(*samples, seed=2)
    assert len(split(*samples, 0.3, stratify=False, seed=1)[1][0]) == 15


def test_data_frames_are_split_by_place_and_not_by_name() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": range(10), "b": range(10, 20)}, index=range(9, -1, -1))
    (xs, ys), (held, held_ys) = split(frame, frame["a"])
    assert sorted(xs + held) == [[i, 10 + i] for i in range(10)]
    assert [x[0] for x in xs + held] == ys + held_ys
    assert sorted(y for _, ys in batches(frame, frame["a"], 3) for y in ys) == list(range(10))


@given(st.integers(1, 100), st.integers(1, 40), st.integers())
def test_batches_hold_every_sample_once(n: int, size: int, seed: int) -> None:
    made = list(batches(range(n), [-i for i in range(n)], size, seed))
    assert sorted(x for xs, _ in made for x in xs) == list(range(n))
    assert all(y == -x for xs, ys in made for x, y in zip(xs, ys, strict=True))
    assert all(len(xs) == size for xs, _ in made[:-1])
    assert 1 <= len(made[-1][0]) <= size


def test_one_hot_marks_the_class() -> None:
    assert one_hot([1, 0], 3) == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    assert one_hot([]) == []
    with pytest.raises(
        TypeError, match=r"takes the classes of several samples, got 1; of one it is"
    ):
        one_hot(1, 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="between 0 and 1 for 2 classes, got 2"):
        one_hot([0, 2], 2)


def test_wrong_settings_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2 inputs and 1 targets"):
        split([1, 2], [1])
    with pytest.raises(ValueError, match=r"between 0 and 1, got 1\.5"):
        split([1, 2], [1, 2], 1.5)
    for few in ([], [1]):
        with pytest.raises(ValueError, match=f"at least two samples.* got {len(few)}"):
            split(few, few, test_size=0.2)
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        list(batches([1], [1], 0))
