"""The built site in a browser: the playground computes, steps and draws, with no request that
leaves the machine.
"""

from __future__ import annotations

import http.server
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest

from autograd_core import Value

By = pytest.importorskip("selenium.webdriver.common.by", reason="selenium is not installed").By
Keys = pytest.importorskip(
    "selenium.webdriver.common.keys", reason="selenium is not installed"
).Keys
pytestmark = pytest.mark.slow
PATIENCE = 180.0  # seconds: a shared machine loads Python slowly


ITS_OWN = re.compile(
    r"(http://)?(update|optimizationguide-pa|content-autofill|safebrowsing)\.googleapis\.com\b"
    r"|(http://)?(accounts|clients\d|www)\.google\.com\b|(http://)?\w+\.gvt1\.com\b"
)
"""What Chromium asks for by itself, whatever page is shown."""


class _Proxy(http.server.BaseHTTPRequestHandler):
    """Notes every request for another machine, and refuses it."""

    asked: ClassVar[list[str]] = []

    def _refuse(self) -> None:
        if not ITS_OWN.match(self.path):
            self.asked.append(self.path)
        self.send_error(403)

    do_CONNECT = do_GET = do_POST = do_HEAD = _refuse

    def log_message(self, *_: Any) -> None:
        pass


class _Pages(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The address of the site, served on this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Any]:
    """A browser whose requests for other machines go to the proxy, with workers and all."""
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("no Chromium with its chromedriver")
    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run "
        "--disable-background-networking --disable-component-update --disable-sync "
        f"--disable-default-apps --proxy-server=127.0.0.1:{proxy.server_port}"
    ).split():
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    browser.set_window_size(1200, 1000)
    yield browser
    browser.quit()
    proxy.shutdown()
    proxy.server_close()


def wait(done: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := done():
            return found
        time.sleep(0.1)
    raise AssertionError(f"nothing happened within {seconds:g} seconds")


class Playground:
    """The playground, as a reader uses it."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        wait(lambda: self.all(".playground[data-mounted]"))
        self.root = self.all(".playground")[0]

    def all(self, selector: str) -> list[Any]:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)  # type: ignore[no-any-return]

    def runs(self) -> int:
        return int(self.root.get_attribute("data-runs") or 0)

    def after(self, act: Callable[[], Any]) -> bool:
        """Act, wait for the run that this starts; whether it ended without an error."""
        before = self.runs()
        act()
        wait(lambda: self.runs() > before)
        return self.root.get_attribute("data-ok") == "true"  # type: ignore[no-any-return]

    def press(self, name: str) -> None:
        found = self.browser.find_element(By.XPATH, f"//button[contains(., '{name}')]")
        still = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})"
        self.browser.execute_script(still, found)
        found.click()

    def write(self, text: str) -> None:
        field = self.all(".playground textarea")[0]
        script = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))"
        self.browser.execute_script(script, field, text)

    def run(self, text: str) -> bool:
        self.write(text)
        return self.after(lambda: None if self.ready() else self.press("Run"))

    def ready(self) -> bool:
        return self.all(".playground .status")[0].text.startswith("ready")  # type: ignore[no-any-return]

    def printed(self) -> str:
        return "\n".join(place.text for place in self.all(".playground .output > pre"))


@pytest.fixture(scope="module")
def playground(browser: Any, address: str) -> Playground:
    browser.get(f"{address}index.html")
    return Playground(browser)


@pytest.fixture
def quiet(browser: Any) -> Iterator[None]:
    """Nothing is said in the console, and nothing asked of another machine."""
    browser.get_log("browser")
    yield
    assert [x["message"] for x in browser.get_log("browser") if x["level"] == "SEVERE"] == []
    assert _Proxy.asked == []


def neuron(w: float, b: float, x: float) -> tuple[float, float]:
    """The gradients of w and of x in the first example, computed here."""
    weight, value = Value(w), Value(x)
    (((weight * value + b).sigmoid() - 1.0) ** 2).backward()
    return weight.grad, value.grad


def photograph(browser: Any, name: str, folder: Path) -> None:
    target = Path(os.environ.get("SCREENSHOTS", folder)) / f"{name}.png"
    assert browser.save_screenshot(str(target))


@pytest.mark.usefixtures("quiet")
def test_the_playground_computes_draws_and_steps(
    playground: Playground, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number is changed in the code, and one below the graph: the graph follows."""
    assert playground.all(".playground .output > *") == []
    assert playground.after(lambda: playground.press("Run"))
    with capsys.disabled():
        print(f"\nfirst result after {playground.root.get_attribute('data-first')} s")
    w, x = neuron(-1.5, 0.5, 2.0)
    assert _gradient(playground, "w") == pytest.approx(w, rel=0.01)
    field = playground.all(".playground textarea")[0]
    code = field.get_attribute("value")
    assert playground.after(lambda: playground.write(code.replace("-1.5", "0.75")))
    w, x = neuron(0.75, 0.5, 2.0)
    assert _gradient(playground, "w") == pytest.approx(w, rel=0.01)
    assert _gradient(playground, "x") == pytest.approx(x, rel=0.01)
    leaf = playground.all(".playground .leaves input")[0]
    leaf.send_keys(Keys.CONTROL, "a")
    leaf.send_keys("2")
    w, x = neuron(2.0, 0.5, 2.0)
    wait(lambda: _gradient(playground, "x") == pytest.approx(x, rel=0.01))
    assert _gradients_seen(playground) == []
    words = playground.all(".playground .words")[0]
    before = words.text
    playground.all('.playground button[aria-label^="one step on"]')[0].click()
    assert words.text != before
    assert _gradients_seen(playground) == []
    photograph(playground.browser, "playground", tmp_path)
    playground.all(".playground input[type=range]")[0].send_keys(Keys.END)
    assert len(_gradients_seen(playground)) > 2


def _gradients_seen(playground: Playground) -> list[str]:
    """What is shown of gradients: arrows that point back, and what flows along them."""
    found = playground.all(
        ".playground .at-operand, .playground g.edge > text, .playground g.edge .flows, "
        ".playground .share"
    )
    return [x.get_attribute("class") or x.text for x in found if x.is_displayed()]


def _gradient(playground: Playground, name: str) -> float:
    label = playground.browser.execute_script(
        "return document.querySelector(arguments[0]).getAttribute('aria-label')",
        f'.playground g[aria-label^="{name}: value"]',
    )
    return float(label.rpartition(" ")[2].replace("−", "-"))


@pytest.mark.usefixtures("quiet")
def test_the_other_examples_run(playground: Playground, tmp_path: Path) -> None:
    """The boundary of XOR is drawn while it is trained: the same place shows one epoch after the
    other.
    """
    assert playground.after(lambda: playground.press("Descent"))
    assert "x = 2.0346" in playground.printed()
    seen = set()
    before = playground.runs()
    playground.press("XOR")

    def watched() -> bool:
        seen.update(
            playground.browser.execute_script(
                "return [...document.querySelectorAll('.output svg')].map((x) => x.ariaLabel)"
            )
        )
        return playground.runs() > before

    wait(watched)
    epochs = [label for label in seen if label and label.startswith("epoch")]
    assert len(epochs) > 1
    assert len(playground.all(".playground .output [data-kind=show]")) == 1
    numbers = playground.printed().split()[2::3]
    assert [round(float(x)) for x in numbers] == [0, 1, 1, 0]
    photograph(playground.browser, "xor", tmp_path)


@pytest.mark.usefixtures("quiet")
def test_a_chain_of_100_000_operations_is_differentiated_and_freed(playground: Playground) -> None:
    lines = """
        from autograd_core import Value
        x = Value(1.0)
        y = x
        for _ in range(100_000):
            y = y + x
        y.backward()
        del y
        print("gradient", x.grad)
    """
    assert playground.run("\n".join(line[8:] for line in lines.strip("\n").splitlines()))
    assert playground.printed() == "gradient 100001.0"
    assert playground.run("print('still there')")


@pytest.mark.usefixtures("quiet")
def test_an_error_is_shown_and_a_run_without_end_can_be_stopped(playground: Playground) -> None:
    assert not playground.run("from autograd_core import Value\nfloat(Value(1.0))")
    assert "v.data" in playground.printed() or ".data" in playground.printed()
    playground.write("while True:\n    pass")
    wait(lambda: playground.all(".playground .status")[0].text.startswith("running"))
    assert not playground.after(lambda: playground.press("Stop"))
    assert "stopped" in playground.printed()
    assert "press Run" in playground.all(".playground .status")[0].text
    playground.write("print(6 * 7)")
    assert playground.after(lambda: playground.press("Run"))
    assert playground.printed() == "42"


@pytest.mark.usefixtures("quiet")
def test_the_keyboard_is_enough(browser: Any, address: str) -> None:
    """Tab goes on from the editor to the buttons, Shift and Enter run."""
    browser.get(f"{address}index.html")
    playground = Playground(browser)
    field = playground.all(".playground textarea")[0]
    browser.execute_script("arguments[0].focus()", field)
    assert playground.after(lambda: field.send_keys(Keys.SHIFT, Keys.ENTER))
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.text == "▶ Run"
    assert playground.after(lambda: browser.switch_to.active_element.send_keys(Keys.ENTER))
    outline = "return getComputedStyle(document.activeElement).outlineStyle"
    assert browser.execute_script(outline) != "none"


@pytest.mark.usefixtures("quiet")
def test_the_cells_of_a_notebook_run_in_its_page(
    browser: Any, address: str, tmp_path: Path
) -> None:
    """What stands above a cell runs before it; plots stay; an answer can be written and checked."""
    browser.get(f"{address}course/01_a_number_and_its_slope.html")
    cells = wait(lambda: browser.find_elements(By.CSS_SELECTOR, ".cell:has(.controls)"))
    saved = cells[1].find_element(By.CSS_SELECTOR, ".output").text
    assert "slope 4.1000" in saved
    _press(browser, cells[2], "Run")
    wait(lambda: cells[2].get_attribute("data-runs") == "1")
    assert [cell.get_attribute("data-ok") for cell in cells[:3]] == ["true"] * 3
    assert cells[1].find_element(By.CSS_SELECTOR, ".output").text == saved
    assert cells[2].find_elements(By.CSS_SELECTOR, ".output > [data-kind=plot] img")
    (exercise,) = [cell for cell in cells if "answer_1 = None" in cell.text]
    _press(browser, exercise, "Run")
    wait(lambda: exercise.get_attribute("data-ok") == "true")
    assert exercise.find_element(By.CSS_SELECTOR, ".output").text == "not answered yet"
    _press(browser, exercise, "Edit")
    field = browser.switch_to.active_element
    code = field.get_attribute("value").replace("answer_1 = None", "answer_1 = 1.0")
    field.send_keys(Keys.CONTROL, "a")
    browser.execute_script("arguments[0].value = arguments[1]", field, code)
    field.send_keys(Keys.SHIFT, Keys.ENTER)
    wait(lambda: exercise.get_attribute("data-runs") == "2")
    assert exercise.find_element(By.CSS_SELECTOR, ".output").text == "right!"
    answers = browser.find_element(By.CSS_SELECTOR, "details:has(.cell)")
    assert not answers.find_element(By.CSS_SELECTOR, ".cell").is_displayed()
    photograph(browser, "notebook", tmp_path)


@pytest.mark.usefixtures("quiet")
def test_the_engine_in_a_hundred_lines_runs_in_its_page(browser: Any, address: str) -> None:
    """Every step prints what it printed when the site was built, and draws."""
    browser.get(f"{address}hundred_lines.html")
    cells = wait(lambda: browser.find_elements(By.CSS_SELECTOR, ".cell:has(.controls)"))
    printed = "[data-kind=text]"
    before = [[x.text for x in c.find_elements(By.CSS_SELECTOR, printed)] for c in cells]
    _press(browser, cells[-1], "Run")
    wait(lambda: cells[-1].get_attribute("data-runs") == "1")
    assert {cell.get_attribute("data-ok") for cell in cells} == {"true"}
    after = [[x.text for x in c.find_elements(By.CSS_SELECTOR, printed)] for c in cells]
    assert after == before
    drawn = [len(c.find_elements(By.CSS_SELECTOR, ".output svg")) for c in cells]
    assert [number > 0 for number in drawn] == [False, False, False, True, True, False, True]


def _press(browser: Any, cell: Any, name: str) -> None:
    found = cell.find_element(By.XPATH, f".//button[contains(., '{name}')]")
    still = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})"
    browser.execute_script(still, found)
    found.click()


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_pages_fit_in_light_and_dark(
    browser: Any, address: str, scheme: str, width: int, tmp_path: Path
) -> None:
    """No page is wider than its window; text stands out from its background."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        for page in (
            "index tour functions api/autograd_core architecture compared glossary "
            "course/01_a_number_and_its_slope course/02_a_graph_and_the_chain_rule"
        ).split():
            browser.get(f"{address}{page}.html")
            wide = (
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert browser.execute_script(wide) <= 0, page
            colours = [
                browser.execute_script(
                    f"return getComputedStyle(document.querySelector('article, .content')).{name}"
                )
                for name in ("color",)
            ]
            ground = browser.execute_script(
                "return getComputedStyle(document.body).backgroundColor"
            )
            light, dark = sorted([_light(colours[0]), _light(ground)], reverse=True)
            assert light - dark > 0.6
            assert (_light(ground) > 0.5) == (scheme == "light")
            photograph(browser, f"{page.replace('/', '_')}_{width}_{scheme}", tmp_path)
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def _light(colour: str) -> float:
    red, green, blue = [
        float(x) for x in colour[colour.index("(") + 1 : -1].replace(",", " ").split()[:3]
    ]
    return (0.3 * red + 0.6 * green + 0.1 * blue) / 255.0


@pytest.mark.usefixtures("quiet")
def test_the_search_finds_pages_without_a_network(browser: Any, address: str) -> None:
    browser.get(f"{address}search.html?q=least+norm")
    wait(lambda: browser.find_elements(By.CSS_SELECTOR, "#search-results li a"), 30.0)
    found = {x.text for x in browser.find_elements(By.CSS_SELECTOR, "#search-results li a")}
    assert "Edge semantics" in found


@pytest.mark.usefixtures("quiet")
def test_formulas_are_typeset(browser: Any, address: str) -> None:
    browser.get(f"{address}functions.html")
    wait(lambda: browser.find_elements(By.CSS_SELECTOR, ".math .katex"), 30.0)
    assert browser.find_elements(By.CSS_SELECTOR, ".katex-error") == []


def test_the_proxy_would_have_noticed(browser: Any, address: str) -> None:
    """The test of the test: a request for another machine is seen."""
    browser.get(f"{address}genindex.html")
    browser.execute_async_script(
        "fetch('http://example.org/', {mode: 'no-cors'}).finally(arguments[0])"
    )
    assert "http://example.org/" in _Proxy.asked
    _Proxy.asked.clear()
    browser.get_log("browser")
