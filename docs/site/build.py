"""Builds the site: python docs/site/build.py [FOLDER]. Without a folder it lies in build/site.

The pages of docs/ and of the root, the API reference and the source files that pages link are put
into one folder, from which Sphinx makes the site. A warning is an error.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import zipfile
from pathlib import Path

import graphviz
from sphinx.cmd.build import build_main

from autograd_core.drawing.explorer.parts import style

sys.path.insert(0, str(Path(__file__).parent / "browser"))
import notebooks
import npm
import reference

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
MOVED = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
}
"""Pages in the root of the repository, and their places in the site."""
RUN = ["hundred_lines.md"]
"""Pages whose blocks of Python are cells."""
LINK = re.compile(r"\]\((?P<path>[^()\s#:]+)(?P<anchor>#[^()\s]*)?\)")
LANGUAGES = {".py": "python", ".c": "c", ".h": "c", ".js": "javascript"}


def pages(folder: Path) -> dict[str, tuple[Path, str]]:
    """The pages by their places in the site: each with its file in the repository, and its text.

    The pictures of notebooks are written below the folder.
    """
    docs = ROOT / "docs"
    files = {
        path.relative_to(docs).as_posix(): path
        for path in docs.rglob("*.md")
        if path.parent != HERE
    } | {place: ROOT / path for path, place in MOVED.items()}
    found = {place: (path, path.read_text("utf-8")) for place, path in files.items()}
    for place in RUN:
        path, text = found[place]
        found[place] = (path, notebooks.runnable(text, path.stem, folder / "pictures"))
    for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
        place = f"course/{notebook.stem}.md"
        found[place] = (notebook, notebooks.page(notebook, folder / "course" / "pictures"))
    for page in reference.PAGES:
        found[f"api/{page}.md"] = (docs / "api" / page, reference.text(page))
    return found


def write(folder: Path) -> None:
    """Write what Sphinx reads: the pages, their pictures, and the source files that they link."""
    sources: dict[str, Path] = {}
    for place, (path, text) in pages(folder).items():
        _put(folder / place, LINK.sub(lambda link: _led(link, path, place, sources), text))  # noqa: B023
    for place, path in sources.items():
        _put(folder / place, _source(path))
    shutil.copytree(
        ROOT / "docs" / "pictures",
        folder / "pictures",
        ignore=shutil.ignore_patterns("*.py", "*.dot"),
        dirs_exist_ok=True,
    )


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def _led(link: re.Match[str], page: Path, place: str, sources: dict[str, Path]) -> str:
    """The link, to the place in the site of what it means."""
    found = (page.parent / link["path"]).resolve()
    if not found.is_relative_to(ROOT) or not found.exists():
        return link[0]
    path = found.relative_to(ROOT).as_posix()
    if path.startswith("docs/"):
        target = path.removeprefix("docs/")
    elif path == "README.md":
        target = "index.md"
    elif found.suffix == ".ipynb":
        target = f"course/{found.stem}.md"
    elif path in MOVED:
        target = MOVED[path]
    else:
        target = f"source/{path}.md"
        sources[target] = found
    way = os.path.relpath(target, Path(place).parent).replace(os.sep, "/")
    return f"]({way}{link['anchor'] or ''})"


def _source(path: Path) -> str:
    """The page of a file of the repository, or of a folder."""
    head = f"---\norphan: true\nnosearch: true\n---\n# {path.relative_to(ROOT).as_posix()}\n\n"
    if path.is_dir():
        parts = sorted(part.name for part in path.iterdir() if part.name[0] not in "._")
        return head + "".join(f"- `{name}`\n" for name in parts)
    return f"{head}``````{LANGUAGES.get(path.suffix, 'text')}\n{path.read_text('utf-8')}\n``````\n"


def _pack(folder: Path) -> None:
    """What Python in the page imports, and the stepper of the package."""
    explorer = ROOT / "autograd_core" / "drawing" / "explorer"
    shutil.copy(explorer / "stepper.js", folder / "stepper.js")
    (folder / "stepper.css").write_text(style(), "utf-8")
    parts = [(ROOT, ROOT / name) for name in ("autograd_core", "nn")]
    library = Path(graphviz.__file__).parent
    parts += [(library.parent, library), (HERE / "browser", HERE / "browser")]
    course = ROOT / "notebooks" / "course.py"
    with zipfile.ZipFile(folder / "packages.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(course, course.name)
        for root, part in parts:
            for path in sorted(part.rglob("*")):
                if path.suffix in (".py", ".js", ".css"):
                    archive.write(path, path.relative_to(root))


def html(source: Path, folder: Path) -> int:
    """Make pages of HTML; the exit code, which is not 0 after a warning."""
    return int(build_main(["-W", "--keep-going", "-q", "-c", str(HERE), str(source), str(folder)]))


def main(folder: Path) -> int:
    """Build the site into a folder, and say so; return 3 where npm's packages are missing."""
    source = folder.with_name(f"{folder.name}-pages")
    for old in (source, folder):
        shutil.rmtree(old, ignore_errors=True)
    try:
        modules = npm.installed(ROOT / "build" / "npm")
    except npm.NoPackages as error:
        print(error, file=sys.stderr)
        return 3
    write(source)
    code = html(source, folder)
    npm.copy(modules, folder / "_static")
    _pack(folder / "_static")
    print(f"the site is in {folder}" if code == 0 else "the site has errors")
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "site").resolve()))
