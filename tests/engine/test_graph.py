"""What the backward pass leaves in a graph, and what `no_grad`, `detach` and `group` change."""

from __future__ import annotations

import threading

import pytest

from autograd_core import (
    Value,
    cos,
    dot,
    exp,
    gradients,
    group,
    maximum,
    no_grad,
    relu,
    sin,
    sum,
    tanh,
    where,
)
from autograd_core.engine.node import edges
from autograd_core.engine.sweeps import topological_order
from autograd_core.engine.traversal import operands_first
from autograd_core.errors import GraphError


def test_a_second_backward_adds_to_the_leaves_and_starts_the_others_afresh() -> None:
    a, b = Value(2.0), Value(3.0)
    product = a * b
    loss = product * product
    loss.backward()
    assert (a.grad, b.grad, product.grad, loss.grad) == (36.0, 24.0, 12.0, 1.0)
    loss.backward()
    assert (a.grad, b.grad, product.grad, loss.grad) == (72.0, 48.0, 12.0, 1.0)


def test_many_operands_may_be_squares_leaves_and_ends() -> None:
    x, y = Value(3.0), Value(-2.0)
    sum([x * x, y, y * y, relu(y), 1.0]).backward()
    assert (x.grad, y.grad) == (6.0, -3.0)


def test_an_operation_at_which_the_sweep_ends_starts_afresh_too() -> None:
    x = Value(-2.0)
    inactive = relu(x)
    loss = inactive * 3.0
    loss.backward()
    loss.backward()
    assert (inactive.grad, x.grad) == (3.0, 0.0)


def test_leaves_add_up_over_the_graphs_that_share_them() -> None:
    w = Value(1.5)
    for x in (1.0, 2.0, 4.0):
        (w * x).backward()
    assert w.grad == 7.0


def test_a_backward_pass_from_the_middle_leaves_the_rest_alone() -> None:
    x = Value(2.0)
    middle = x * x
    end = middle * 3.0
    end.backward()
    middle.backward()
    assert (x.grad, middle.grad, end.grad) == (12.0 + 4.0, 1.0, 1.0)


def test_backward_takes_the_gradient_to_start_from() -> None:
    x = Value(2.0)
    (x * x).backward(0.25)
    assert x.grad == 1.0


def test_a_gradient_is_reset_by_writing_it() -> None:
    x = Value(2.0)
    y = x * x
    y.backward()
    x.grad = 0.0
    y.backward()
    assert x.grad == 4.0


def test_paths_that_meet_are_added() -> None:
    x = Value(0.5)
    s = sin(x)
    y = s * s + s * cos(x) + s
    y.backward()
    assert x.grad == pytest.approx(
        2 * sin(0.5) * cos(0.5) + cos(0.5) ** 2 - sin(0.5) ** 2 + cos(0.5), rel=1e-14
    )


def test_a_diamond_of_sixty_floors_is_walked_once_a_node() -> None:
    x = Value(1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60
    assert len(topological_order(y)) == 61


def test_the_order_has_each_node_once_and_before_its_operands() -> None:
    a, b = Value(1.0), Value(2.0)
    y = dot([a, b, a * b], [b, a, 1.0]) + a
    order = topological_order(y)
    position = {node: i for i, node in enumerate(order)}
    assert len(position) == len(order) == 5
    for node in order:
        for operand in node.operands:
            if isinstance(operand, Value):
                assert position[node] < position[operand]


def test_the_fast_order_of_the_sweep_is_that_of_the_walk_where_a_gradient_flows() -> None:
    a, b = Value(1.0), Value(2.0)
    shared = a * b
    unused = exp(b)
    y = dot([a, shared, relu(-b)], [b, 1.0, 3.0]) + where(a > b, unused, shared) + sum([shared, a])
    walk = operands_first(y)
    reached = {y}
    for node in reversed(walk):
        if node in reached:
            reached |= {x for x, p in edges(node) if p is not None}
    assert unused in {*walk} - reached
    assert {*topological_order(y)} == reached


def test_many_operands_are_one_node_and_may_repeat() -> None:
    a, b = Value(2.0), Value(3.0)
    y = dot([a, b, a], [a, b, 4.0])
    assert y.operands == (a, b, a, a, b, 4.0)
    y.backward()
    assert (y.data, a.grad, b.grad) == (21.0, 8.0, 6.0)
    z = sum([a, a, 1.0, b])
    z.backward()
    assert (z.data, z.partials, a.grad, b.grad) == (8.0, (1.0, 1.0, 1.0, 1.0), 10.0, 7.0)


def test_changing_data_after_its_use_changes_no_recorded_derivative() -> None:
    x = Value(3.0)
    y = x * x
    x.data = 10.0
    y.backward()
    assert (y.data, x.grad) == (9.0, 6.0)


def test_a_derivative_of_higher_order_refuses_data_that_was_changed() -> None:
    x = Value(3.0)
    y = x * x
    x.data = 10.0
    with pytest.raises(GraphError, match=r"\.data was changed since.*compute the result again"):
        gradients(y, x)


def test_it_refuses_changed_data_also_where_the_slope_is_the_same() -> None:
    x = Value(3.0)
    y = tanh(x)
    x.data = -3.0
    with pytest.raises(GraphError, match=r"its value was 0\.99.*, now it would be -0\.99"):
        gradients(gradients(y, x), x)


def test_no_grad_computes_without_recording() -> None:
    x = Value(2.0)
    with no_grad():
        y = exp(x * x) + dot([x, x], [1.0, 2.0]) + relu(x) + sum([x, 1.0])
    assert (y.operation, y.operands, y.role) == (None, (), "constant")
    assert y.data == exp(4.0) + 6.0 + 2.0 + 3.0


def test_recording_goes_on_after_no_grad_also_after_an_error() -> None:
    x = Value(2.0)
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    assert (x * x).operands == (x, x)


def test_a_detached_value_is_the_number_without_its_past() -> None:
    x = Value(2.0, label="x")
    stopped = (x * x).detach()
    y = stopped * x
    y.backward()
    assert (stopped.data, stopped.role, x.grad) == (4.0, "constant", 4.0)
    assert x.detach().label == "x"


def test_a_branch_not_taken_is_not_followed() -> None:
    x = Value(0.0)
    for y in (where(x > 0.0, x**0.5, 0.0), relu(x**0.5 - 1.0), maximum(x**0.5 - 2.0, x * 0.0)):
        y.backward()
        assert x.grad == 0.0


def test_groups_nest_and_name_what_is_computed_inside() -> None:
    x = Value(2.0)
    with group("layer"):
        outer = x * 2.0
        with group("neuron"):
            inner = tanh(outer)
    after = inner + 1.0
    assert outer.group is not None
    assert outer.group.name == "layer"
    assert inner.group is not None
    assert (inner.group.path, inner.group.parent) == ("layer / neuron", outer.group)
    assert (x.group, after.group) == (None, None)


def test_a_group_changes_no_number() -> None:
    def gradient() -> tuple[float, float]:
        x = Value(0.7)
        y = sin(x) * x / (1.0 + x * x)
        y.backward()
        return y.data, x.grad

    plain = gradient()
    with group("named"):
        assert gradient() == plain


def test_roles_tell_inputs_parameters_constants_and_operations_apart() -> None:
    x, w = Value(1.0), Value(2.0, role="parameter")
    assert [v.role for v in (x, w, x.detach(), x * w)] == [
        "input",
        "parameter",
        "constant",
        "operation",
    ]


def test_no_grad_in_one_thread_is_not_seen_by_another() -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with no_grad():
            entered.set()
            leave.wait(10.0)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert entered.wait(10.0)
        x = Value(2.0)
        assert (x * x).operands == (x, x)
    finally:
        leave.set()
        thread.join()


def test_threads_that_share_leaves_differentiate_graphs_of_their_own() -> None:
    w = Value(1.0)
    found: list[tuple[float, float]] = []

    def work(k: float) -> None:
        for _ in range(200):
            y = w * k
            for _ in range(20):
                y = y + w
            found.append((gradients(y, w).data, k + 20.0))

    threads = [threading.Thread(target=work, args=(float(k),)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 800
    assert all(got == right for got, right in found)
