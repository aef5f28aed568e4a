"""A headless Chromium, where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def open_browser() -> Iterator[Callable[..., Any]]:
    """Opens a browser for a light or a dark page, with or without motion; each once."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
    driver = shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("no Chromium with its chromedriver")
    opened: dict[tuple[bool, bool], Any] = {}

    def open_one(dark: bool = False, motion: bool = True) -> Any:
        if (dark, motion) in opened:
            opened[dark, motion].get("about:blank")
            opened[dark, motion].get_log("browser")  # what others left there
            return opened[dark, motion]
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for argument in (
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--window-size=1200,900",
            *([] if motion else ["--force-prefers-reduced-motion"]),
        ):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        opened[dark, motion] = browser
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        return browser

    yield open_one
    for browser in opened.values():
        browser.quit()
