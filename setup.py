"""The two steps that pyproject.toml cannot say.

The native library is built where a C compiler is. Without one, or with AUTOGRAD_CORE_NATIVE=0, the
package is installed without it, and everything works in pure Python. And the description of the
package links the pages of the site, if pyproject.toml has its address.
"""

from __future__ import annotations

import os
import re
import runpy
import tomllib
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py
from setuptools.command.egg_info import egg_info

FOLDER = "autograd_core/compiler/backends/native"
TOOLS = runpy.run_path(str(Path(__file__).parent / FOLDER / "build.py"))


PLACES = {
    r"docs/pictures/(.+)": r"_images/\1",
    r"docs/(.+)\.md": r"\1.html",
    r"notebooks/(.+)\.ipynb": r"course/\1.html",
    r"CONTRIBUTING\.md": "contributing.html",
    r"CHANGELOG\.md": "changes.html",
    r"LICENSE": "LICENSE",
}
"""Where the site has what the README links."""


def base_address(pyproject: str | Path = "pyproject.toml") -> str:
    """The address of the site; empty while it has none."""
    settings = tomllib.loads(Path(pyproject).read_text("utf-8"))
    return str(settings["tool"]["autograd-core"]["base-address"])


def with_addresses(text: str, base: str) -> str:
    """The README with links to the site at an address; unchanged where that is empty."""

    def led(link: re.Match[str]) -> str:
        for path, place in PLACES.items():
            if base and (found := re.fullmatch(path, link[1])):
                return f"]({base.rstrip('/')}/{found.expand(place)}{link[2]})"
        return link[0]

    return re.sub(r"\]\(([^)#\s]+)(#[^)\s]*|)\)", led, text)


class Description(egg_info):
    """The description as it stands in an index of packages, which has none of our files."""

    def run(self) -> None:
        about = self.distribution.metadata
        about.long_description = with_addresses(about.long_description or "", base_address())
        super().run()


class BuildWithLibrary(build_py):
    def run(self) -> None:
        super().run()
        root = Path(__file__).parent if self.editable_mode else Path(self.build_lib)
        (root / FOLDER / TOOLS["NAME"]).unlink(missing_ok=True)
        try:
            if os.environ.get("AUTOGRAD_CORE_NATIVE") != "0":
                print("native library:", TOOLS["build"](root / FOLDER))
        except OSError as error:
            print("without the native library:", error)


class WheelOfItsPlatform(bdist_wheel):
    """A wheel with a library is for its platform, but for every Python; one without is pure."""

    def run(self) -> None:
        self.run_command("build")
        library = Path(self.get_finalized_command("build").build_lib) / FOLDER / TOOLS["NAME"]
        self.root_is_pure = not library.exists()
        if not self.root_is_pure:
            self.distribution.has_ext_modules = lambda: True
        super().run()

    def get_tag(self) -> tuple[str, str, str]:
        python, abi, platform = super().get_tag()
        return (python, abi, platform) if self.root_is_pure else ("py3", "none", platform)


if __name__ == "__main__":
    commands = {"build_py": BuildWithLibrary, "bdist_wheel": WheelOfItsPlatform}
    setup(cmdclass=commands | {"egg_info": Description})
