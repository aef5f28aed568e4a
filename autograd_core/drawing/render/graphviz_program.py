"""From DOT to SVG, PNG and PDF: through the system's Graphviz, else through the one that pip
brings, and in a browser through the one of the page.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import subprocess
import sys

TIME_LIMIT = 60.0
BROWSER = "emscripten"

BUNDLED = """\
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode("utf-8"))
sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))
"""


class RenderError(RuntimeError):
    """The picture could not be rendered; its DOT text is still there."""


def renderers() -> list[tuple[str, list[str]]]:
    """The ways to render that this machine has, in order: a name, and the command before the
    format.
    """
    found = []
    if program := shutil.which("dot"):
        found.append(("the system's Graphviz", [program, "-T"]))
    if importlib.util.find_spec("pygraphviz"):
        found.append(("pygraphviz", [sys.executable, "-c", BUNDLED, ""]))
    return found


def render(source: str, format: str = "svg", time_limit: float = TIME_LIMIT) -> bytes:
    """The picture in a format that Graphviz writes: "svg", "png", "pdf" …"""
    if sys.platform == BROWSER:  # which has no programs
        return _by_the_page(source, format)
    problems = []
    for name, command in renderers():
        try:
            return _run([*command[:-1], command[-1] + format], source, time_limit)
        except (OSError, RenderError) as error:
            problems.append(f"{name}: {error}")
        except subprocess.TimeoutExpired:
            raise RenderError(
                f"laying out the picture took {name} longer than {time_limit:g} seconds; draw a "
                "part of the graph "
                "(focus=..., steps=...), or take its DOT text from .source"
            ) from None
    tried = "; tried " + "; ".join(problems) if problems else ""
    raise RenderError(
        "rendering a picture needs Graphviz, which was not found or did not work: install it with "
        "pip "
        "(pip install 'autograd-core[pictures]') or with the system's package manager (the "
        "package graphviz, with its "
        f"program dot); the picture's DOT text is in .source and can be rendered elsewhere{tried}"
    )


def _run(command: list[str], source: str, time_limit: float) -> bytes:
    done = subprocess.run(
        command, input=source.encode("utf-8"), capture_output=True, timeout=time_limit, check=False
    )
    said = done.stderr.decode("utf-8", "replace").strip()
    # A label that Graphviz cannot read is an "Error:" on standard error, but the exit code stays 0.
    if done.returncode or not done.stdout or "Error:" in said:
        raise RenderError(said[-400:] or f"no output, exit code {done.returncode}")
    return done.stdout


def _by_the_page(source: str, format: str) -> bytes:
    """By the function that the page around this Python has given for it."""
    layout = getattr(importlib.import_module("js"), "autogradCoreLayout", None)
    if layout is None:
        raise RenderError(
            "rendering a picture in a browser needs Graphviz in the page: load the npm package "
            "@hpcc-js/wasm-graphviz where this Python runs, and set "
            "globalThis.autogradCoreLayout = (dot, format) => graphviz.layout(dot, format, 'dot'); "
            "the picture's DOT text is in .source"
        )
    try:
        return str(layout(source, format)).encode("utf-8")
    except Exception as error:  # a JavaScript error, whose class only a browser has
        raise RenderError(str(error)[-400:]) from None
