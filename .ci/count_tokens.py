"""How much code there is: `python .ci/count_tokens.py [CHECKOUT]` counts the tokens of each package
and each folder in it.

Lines get shorter or longer with the style; tokens don't. Comments, docstrings, line ends and
indents are no code.
"""

from __future__ import annotations

import ast
import sys
import tokenize
from collections import Counter
from pathlib import Path

LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def tokens(path: Path) -> int:
    """The tokens of one file."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    docstrings = [
        node.body[0].lineno
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None
    ]
    with path.open("rb") as file:
        found = [token for token in tokenize.tokenize(file.readline) if token.type not in LAYOUT]
    return len(found) - len(docstrings)


def main() -> None:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    for package in ("autograd_core", "nn"):
        counts: Counter[str] = Counter()
        for path in sorted((root / package).rglob("*.py")):
            inside = path.relative_to(root / package).parts
            counts[inside[0] if len(inside) > 1 else ""] += tokens(path)
        print(f"{package:30}{sum(counts.values()):>9,}")
        for folder, count in sorted(counts.items()):
            print(f"  {folder or 'its own files':28}{count:>9,}")


if __name__ == "__main__":
    main()
