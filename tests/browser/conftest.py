"""A headless Chromium, where there is one, and the site."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent
SITE_NEEDS = ("sphinx", "furo", "myst_parser", "matplotlib", "sklearn", "dask", "distributed")


def npm_package(name: str) -> Path:
    """The folder of one of the npm packages that the site serves, in the version that it serves."""
    folder = ROOT / "build" / "npm" / "node_modules" / name
    if not folder.is_dir():
        pytest.skip(f"the npm package {name} is not there; python docs/site/build.py brings it")
    return folder


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


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, built by the documented command, for which a warning is an error."""
    for package in SITE_NEEDS:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed (the extra site)")
    folder = tmp_path_factory.mktemp("site") / "site"
    built = subprocess.run(
        [sys.executable, "docs/site/build.py", str(folder)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    if built.returncode == 3:
        pytest.skip(built.stderr.strip())
    assert built.returncode == 0, built.stdout + built.stderr
    return folder
