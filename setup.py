"""The one step that pyproject.toml cannot say: the native library is built where a C compiler is.

Without one, or with AUTOGRAD_CORE_NATIVE=0, the package is installed without it, and everything
works in pure Python.
"""

from __future__ import annotations

import os
import runpy
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

FOLDER = "autograd_core/compiler/backends/native"
TOOLS = runpy.run_path(str(Path(__file__).parent / FOLDER / "build.py"))


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


setup(cmdclass={"build_py": BuildWithLibrary, "bdist_wheel": WheelOfItsPlatform})
