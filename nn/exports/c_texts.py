"""Strings of C."""

from __future__ import annotations

import json
from collections.abc import Sequence


def array_of_texts(name: str, texts: Sequence[str], kind: str = "static const") -> str:
    """An array of strings, as UTF-8."""
    quoted = [literal(text) for text in texts]
    return f"{kind} char *const {name}[] = {{{', '.join(quoted)}}};"


def literal(text: str) -> str:
    """A string of C; its control characters are octal, since C99 has no other escape for them."""
    quoted = [json.dumps(sign, ensure_ascii=False)[1:-1] for sign in text]
    parts = [
        f"\\{ord(a):03o}" if b.startswith("\\u") else b for a, b in zip(text, quoted, strict=True)
    ]
    return '"' + "".join(parts).replace("??", "?\\?") + '"'
