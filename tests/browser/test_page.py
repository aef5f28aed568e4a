"""The page of `explore` and the drawings, in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd_core import Value, draw, explore, sum

pytest.importorskip("graphviz")
By = pytest.importorskip("selenium.webdriver.common.by", reason="selenium is not installed").By
Keys = pytest.importorskip(
    "selenium.webdriver.common.keys", reason="selenium is not installed"
).Keys


def loss() -> Value:
    """(w · x + b)², and x once more."""
    w, x, b = Value(-1.5, "w", role="parameter"), Value(2.0, "x"), Value(0.5, "b", role="parameter")
    z = w * x + b
    z.label = "z"
    y = z**2 + x
    y.label = "loss"
    return y


@pytest.fixture
def page(open_browser: Callable[..., Any], tmp_path: Path) -> Iterator[Any]:
    browser = open_browser()
    browser.get(Path(explore(loss()).save(tmp_path / "steps.html")).as_uri())
    yield browser
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []


def words(browser: Any) -> list[str]:
    return browser.find_element(By.CSS_SELECTOR, ".words").text.splitlines()  # type: ignore[no-any-return]


def press(browser: Any, name: str) -> None:
    browser.find_element(By.CSS_SELECTOR, f'button[aria-label^="{name}"]').click()


def steps_of(value: Value) -> list[dict[str, Any]]:
    frames = explore(value).frames()
    return [*frames["forward"], *frames["steps"]]


def to_the_backward_pass(browser: Any) -> None:
    """Until the result sends its gradient."""
    while "has its whole gradient" not in words(browser)[0]:
        press(browser, "one step on")


def card(browser: Any, title: str) -> Any:
    return browser.find_element(By.CSS_SELECTOR, f'g[aria-label^="{title}: value"]')


def test_forwards_and_backwards(page: Any) -> None:
    """The words are those of the step, first of the forward pass; at the ends the buttons rest."""
    steps = steps_of(loss())
    assert words(page) == ["Step on to compute loss from the inputs. Then its gradient flows back."]
    assert not page.find_element(
        By.CSS_SELECTOR, 'button[aria-label^="one step back"]'
    ).is_enabled()
    for step in steps:
        press(page, "one step on")
        assert words(page) == [step["head"], *step["lines"]]
    press(page, "one step on")
    assert words(page) == ["Both passes are complete: every value and every gradient is there."]
    assert not page.find_element(By.CSS_SELECTOR, 'button[aria-label^="one step on"]').is_enabled()
    press(page, "one step back")
    press(page, "one step back")
    assert words(page)[0] == steps[-2]["head"]


def test_the_keyboard_does_the_same(page: Any) -> None:
    """Arrows, Home, End; Enter on a card jumps."""
    steps = steps_of(loss())
    press(page, "one step on")
    active = page.switch_to.active_element
    active.send_keys(Keys.ARROW_RIGHT)
    assert words(page)[0] == steps[1]["head"]
    active.send_keys(Keys.ARROW_LEFT)
    assert words(page)[0] == steps[0]["head"]
    active.send_keys(Keys.END)
    assert words(page)[0].startswith("Both passes are complete")
    page.execute_script("arguments[0].focus()", card(page, "z"))
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert words(page)[0].startswith("z has its whole gradient, −5.00")


def test_a_click_on_a_card_jumps_to_its_step(page: Any) -> None:
    """An operation: where it acts; a leaf: where its gradient is complete. Later cards are
    faint, the acting one glows.
    """
    card(page, "z").click()
    assert words(page)[0] == "z = v1 + b = −3.00 + 0.500 = −2.50"
    assert "later" in card(page, "loss").get_attribute("class")
    to_the_backward_pass(page)
    card(page, "z").click()
    assert words(page)[0].startswith("z has its whole gradient")
    assert "acting" in card(page, "z").get_attribute("class")
    assert "later" in card(page, "w").get_attribute("class")
    assert "later" not in card(page, "loss").get_attribute("class")
    assert page.find_elements(By.CSS_SELECTOR, "g.sending path")
    card(page, "w").click()
    assert "later" not in card(page, "w").get_attribute("class")
    assert any(line.startswith("to w: local 2.00 × upstream −5.00 = −10.0") for line in words(page))


def test_in_a_wide_drawing_the_card_that_acts_is_in_view(
    open_browser: Callable[..., Any], tmp_path: Path
) -> None:
    """At the start the title and the inputs, on the left; at the first gradient the result."""
    y = Value(1.0, "x")
    for _ in range(20):
        y = y.sin()
    y.label = "y"
    browser = open_browser()
    browser.set_window_size(520, 900)
    browser.get(Path(explore(y).save(tmp_path / "wide.html")).as_uri())

    drawing = browser.find_element(By.CSS_SELECTOR, ".autograd-core-stepper > div")

    def visible(title: str) -> bool:
        browser.execute_async_script(
            "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))"
        )
        script = """
            const [card, frame] = [arguments[0], arguments[1]].map((part) => part.getBoundingClientRect());
            return card.left >= frame.left && card.right <= frame.right;
        """
        return bool(browser.execute_script(script, card(browser, title), drawing))

    assert (visible("y"), visible("v1")) == (False, True)
    to_the_backward_pass(browser)
    assert (visible("y"), visible("v1")) == (True, False)
    press(browser, "to the end")
    for _ in range(2):
        press(browser, "one step back")
    assert (visible("y"), visible("v1")) == (False, True)
    browser.set_window_size(1200, 900)


def test_the_slider_goes_anywhere(page: Any) -> None:
    """And says in words where it is."""
    slider = page.find_element(By.CSS_SELECTOR, 'input[type="range"]')
    page.execute_script(
        "arguments[0].value = 2; arguments[0].dispatchEvent(new Event('input'))", slider
    )
    frames = explore(loss()).frames()
    assert words(page)[0] == frames["forward"][1]["head"]
    assert slider.get_attribute("aria-valuetext") == f"forward, step 2 of {len(frames['forward'])}"
    to_the_backward_pass(page)
    assert slider.get_attribute("aria-valuetext") == f"backward, step 1 of {len(frames['steps'])}"


def test_a_gradient_grows_as_contributions_arrive(page: Any) -> None:
    """x gets 1 from the sum at once, and 7.5 from the product later."""
    assert "–" in card(page, "x").text
    to_the_backward_pass(page)
    assert "–" in card(page, "w").text
    assert "+1.00 so far" in card(page, "x").text
    press(page, "to the end")
    assert "+8.50" in card(page, "x").text


def test_the_sum_so_far_stands_in_the_place_of_the_gradient_and_not_of_a_share(
    open_browser: Callable[..., Any], tmp_path: Path
) -> None:
    """A shared number lists what came to it, which may read like the whole."""
    x = Value(2.0, "x")
    y = (x * 0.0 + x.relu() * 0.0) + x
    y.label = "y"
    browser = open_browser()
    browser.get(Path(explore(y).save(tmp_path / "shared.html")).as_uri())
    to_the_backward_pass(browser)
    assert "grad +1.00 so far" in " ".join(card(browser, "x").text.split())
    share = card(browser, "x").find_element(By.XPATH, "*[text()='from y']")
    assert "later" in share.get_attribute("class")
    press(browser, "to the end")
    assert "grad +1.00 from" in " ".join(card(browser, "x").text.split())
    assert "later" not in share.get_attribute("class")


def test_copies_show_names_and_values_while_values_flow(
    open_browser: Callable[..., Any], tmp_path: Path
) -> None:
    """And what flows back once it does."""
    x = Value(2.0, "x")
    y = (x * 3.0 + x.relu()) + x
    browser = open_browser()
    browser.get(Path(explore(y).save(tmp_path / "shared.html")).as_uri())
    copy = browser.find_element(By.CSS_SELECTOR, ".edge .copy")
    seen = [text for text in copy.find_elements(By.TAG_NAME, "text") if text.is_displayed()]
    assert [text.text for text in seen] == ["x", "2.00"]
    fills = [
        part.value_of_css_property("fill") for part in copy.find_elements(By.TAG_NAME, "polygon")
    ]
    assert "rgb(163, 169, 176)" not in fills  # the grey of arrows
    press(browser, "to the end")
    assert all(text.is_displayed() for text in copy.find_elements(By.TAG_NAME, "text"))


def test_playing_reaches_the_end_and_can_be_paused(page: Any) -> None:
    """A step at once, then one at a time."""
    press(page, "play")
    assert words(page)[0].startswith("v1 = w·x = ")
    press(page, "pause")
    assert page.find_element(By.CSS_SELECTOR, 'button[aria-label^="play"]').text == "▶ play"


def test_the_drawing_is_left_on_paper(page: Any) -> None:
    """Every card in full, no controls."""
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    opacity, controls = (
        card(page, "w").value_of_css_property("opacity"),
        page.find_element(By.CSS_SELECTOR, ".controls"),
    )
    displayed = controls.is_displayed()
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert (opacity, displayed) == ("1", False)
    assert controls.is_displayed()


@pytest.mark.parametrize("dark", [False, True])
def test_one_drawing_for_light_and_dark(
    open_browser: Callable[..., Any], tmp_path: Path, dark: bool
) -> None:
    """The colours are those of the reader's surroundings."""
    y = loss()
    y.backward()
    path = tmp_path / "drawing.html"
    path.write_text(f'<!DOCTYPE html><meta charset="utf-8"><body>{draw(y).svg()}', "utf-8")
    browser = open_browser(dark=dark)
    browser.get(path.as_uri())
    ground = browser.find_element(By.CSS_SELECTOR, "svg g.graph > polygon").value_of_css_property(
        "fill"
    )
    assert ground == ("rgb(13, 17, 23)" if dark else "rgb(254, 254, 254)")


@pytest.mark.slow
def test_the_animation_plays_where_the_file_is_an_image(
    open_browser: Callable[..., Any], tmp_path: Path
) -> None:
    """Two moments differ in a plain <img>; without motion they are the whole picture."""
    y = sum([loss()])
    y.backward()
    draw(y).save(tmp_path / "flow.svg", animated=True)
    (tmp_path / "page.html").write_text(
        '<body style="margin:0"><img src="flow.svg" width="900">', "utf-8"
    )
    shots = {}
    for motion in (True, False):
        browser = open_browser(motion=motion)
        browser.get((tmp_path / "page.html").as_uri())
        first = browser.get_screenshot_as_png()
        browser.execute_async_script("setTimeout(arguments[0], 1500)")
        shots[motion] = (first, browser.get_screenshot_as_png())
    assert shots[True][0] != shots[True][1]
    assert shots[False][0] == shots[False][1]


def accessible(browser: Any) -> list[dict[str, Any]]:
    """What the browser tells a screen reader: role, name, description and properties of each
    part.
    """
    nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    return [
        {
            "role": node["role"]["value"],
            "name": node.get("name", {}).get("value", ""),
            "description": node.get("description", {}).get("value", ""),
        }
        | {one["name"]: one["value"].get("value") for one in node.get("properties", [])}
        for node in nodes
        if not node["ignored"]
    ]


def test_a_screen_reader_finds_a_name_for_every_part(page: Any) -> None:
    """Each control, each card, the drawing with title and description; nothing that can have
    the focus is nameless.
    """
    parts = accessible(page)
    (drawing,) = [part for part in parts if part["role"] == "graphics-document"]
    assert drawing["name"] == "How loss is computed, and its gradient flows back"
    assert "loss = 8.25" in drawing["description"]
    assert [
        part["role"]
        for part in parts
        if part.get("focusable") and not part["name"] and part["role"] != "RootWebArea"
    ] == []
    buttons = [part["name"] for part in parts if part["role"] == "button"]
    assert {"play (space)", "one step on (right arrow)", "to the end (End)"} <= set(buttons)
    assert "w: value −1.5, gradient −10" in buttons  # a card, which jumps to its step
    assert ("slider", "step of the two passes") in [(part["role"], part["name"]) for part in parts]
    assert ("group", "Values forward, gradients back, step by step") in [
        (part["role"], part["name"]) for part in parts
    ]


def test_the_step_is_announced(page: Any) -> None:
    """In a region whose changes are read out, as a whole."""
    (status,) = [part for part in accessible(page) if part["role"] == "status"]
    assert (status["live"], status["atomic"]) == ("polite", True)
    to_the_backward_pass(page)
    read = [part["name"] for part in accessible(page) if part["role"] == "StaticText"]
    assert "loss has its whole gradient, +1.00, and sends it on:" in read


def test_the_focus_goes_from_the_drawing_to_the_controls(page: Any) -> None:
    """The cards from the loss to the leaves, then the buttons that can be pressed, then the
    slider.
    """
    page.execute_script("document.activeElement?.blur()")
    names = []
    for _ in range(11):
        page.switch_to.active_element.send_keys(Keys.TAB)
        names.append(page.switch_to.active_element.get_attribute("aria-label").split(":")[0])
    cards, controls = names[:7], names[7:]
    assert cards == ["loss", "v2", "z", "b", "v1", "x", "w"]
    assert controls == [
        "play (space)",
        "one step on (right arrow)",
        "to the end (End)",
        "step of the two passes",
    ]


POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"


def test_a_cell_that_may_load_nothing_still_steps(
    open_browser: Callable[..., Any], tmp_path: Path
) -> None:
    """As in the pages of editors, which allow what stands in the cell and nothing else; it
    stays inside its cell.
    """
    path = tmp_path / "cell.html"
    cell = f'<div id="cell" style="width:640px">{explore(loss())._repr_html_()}</div>'
    path.write_text(
        '<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f'content="{POLICY}">{cell}',
        "utf-8",
    )
    browser = open_browser()
    browser.get(path.as_uri())
    to_the_backward_pass(browser)
    assert words(browser)[0].startswith("loss has its whole gradient")
    placed = (
        "const cell = document.getElementById('cell'); const outer = cell.getBoundingClientRect();"
        "return [...cell.querySelectorAll('*')].filter((part) => {"
        "  if (['absolute', 'fixed'].includes(getComputedStyle(part).position)) return true;"
        "  const box = part.getBoundingClientRect();"
        "  return !part.closest('svg') && (box.right > outer.right + 1 || box.bottom > "
        "outer.bottom + 1);"
        "}).length"
    )
    assert browser.execute_script(placed) == 0
    assert browser.execute_script(
        "return document.documentElement.scrollWidth <= window.innerWidth"
    )
    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_arrows_point_where_values_and_then_gradients_flow(page: Any) -> None:
    """One head is seen at a time; while values flow, nothing tells of gradients."""

    def seen() -> tuple[int, int, list[str]]:
        heads = [
            sum([part.is_displayed() for part in page.find_elements(By.CSS_SELECTOR, name)])
            for name in (".at-user", ".at-operand")
        ]
        texts = page.find_elements(By.CSS_SELECTOR, "g.edge > text, g.edge .flows")
        return heads[0], heads[1], [text.text for text in texts if text.is_displayed()]

    arrows = len(explore(loss()).picture().content.arrows)
    assert seen() == (arrows, 0, [])
    shares = page.find_elements(By.CSS_SELECTOR, ".share")
    assert not any(part.is_displayed() for part in shares)
    to_the_backward_pass(page)
    at_users, at_operands, texts = seen()
    assert (at_users, at_operands) == (0, arrows)
    assert all(part.is_displayed() for part in shares)
    assert "+1.00" in texts
