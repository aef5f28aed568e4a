"""JSON documents: written atomically, and checked when they are read."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
import secrets
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from autograd_core.errors import shown

LARGEST = 2**30
"""The largest file that is read, in bytes."""
START = 4096
"""The number of bytes to check before the rest of a file is read."""
DISGUISES = (
    (b"\x80", "a pickle, which could run any code"),
    (b"PK", "a zip archive"),
    (b"\x1f\x8b", "compressed by gzip"),
)


def path_of(x: Any, form: str, model: Any = None) -> Path:
    """The path of a file, or an error that shows how to call the function, in this form, and says
    if the path was given as the model.
    """
    if not isinstance(x, str | os.PathLike):
        swapped = ": the arguments look swapped" if isinstance(model, str | os.PathLike) else ""
        raise TypeError(
            f"the path of a file must be a str or a Path, got {shown(x)} ({type(x).__name__})"
            f"{swapped}; write {form}"
        )
    return Path(x)


def write_atomically(path: Path, content: str | bytes | Iterable[str]) -> None:
    """Write a draft beside the file, flush it to the disk, and rename it: a reader finds the old
    file or the new one, never a part. A text may come in parts; it is written as UTF-8.

    A link stays a link, and its target is written. A device or a pipe is written directly, because
    it cannot be replaced.
    """
    given = [content] if isinstance(content, str | bytes) else content
    parts = (part.encode() if isinstance(part, str) else part for part in given)
    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as file:
                file.writelines(parts)
        else:
            _replace(_place(path), parts)
    except OSError as error:
        kept = "; the existing file is unchanged" if path.exists() else ""
        reason = error.strerror or str(error)
        raise type(error)(
            error.errno,
            f"{path} cannot be written ({reason}){kept}; free some space, or choose another folder",
        ) from None


def _place(path: Path) -> Path:
    """The real path of a file, with links resolved."""
    place = Path(os.path.realpath(path))
    if place.is_symlink():  # realpath does not follow a link to itself
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return place


def _replace(path: Path, parts: Iterable[bytes]) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.draft")
    try:
        with draft.open("xb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        _rename(draft, path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def _rename(draft: Path, path: Path, attempts: int = 5) -> None:
    for attempt in range(1, attempts + 1):
        try:
            os.replace(draft, path)
            break
        except (
            PermissionError
        ):  # Windows: another program, such as a virus scanner, has the old file open
            if attempt == attempts:
                raise
            time.sleep(0.05 * attempt)
    if os.name == "posix":  # the new name must reach the disk too
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def remove_drafts(path: Path) -> None:
    """Remove the drafts of processes that were killed while they wrote this file."""
    path = _place(path)
    for draft in path.parent.glob(f".{path.name}.*.draft"):
        draft.unlink(missing_ok=True)


def dumped(document: dict[str, Any]) -> str:
    """The document as JSON with its checksum. NaN and infinity are errors: JSON has no such
    numbers.
    """
    return (
        json.dumps({**document, "checksum": checksum(document)}, indent=1, allow_nan=False) + "\n"
    )


def checksum(document: dict[str, Any]) -> str:
    """A checksum of the content, independent of order and layout.

    >>> checksum({"a": 1.0, "b": [2.0]}) == checksum({"b": [2.0], "a": 1.0})
    True
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_document(path: Path, kind: str, version: int, names: Collection[str]) -> dict[str, Any]:
    """Read a JSON document of that kind and version; a ValueError says what is wrong.

    `names` are the allowed names. A file without a checksum is accepted, because people write such
    files by hand.
    """
    try:
        document = _parsed(_read(path))
        if not isinstance(document, dict) or document.get("format") != f"autograd-core {kind}":
            raise ValueError(f'it has no "format": "autograd-core {kind}"')
        _check_version(document.get("version"), version)
        if unknown := sorted(document.keys() - {*names, "format", "version", "checksum"}):
            raise ValueError(f"it has the name {unknown[0]!r}, which this library does not write")
        if document.pop("checksum", None) not in (None, checksum(document)):
            raise ValueError(
                "it was changed after it was written, because its checksum does not match; if you "
                'changed it yourself, remove the "checksum" from it'
            )
    except ValueError as error:
        raise ValueError(f"{path} cannot be read as a {kind}: {error}") from None
    return document


def _parsed(raw: bytearray) -> Any:
    try:
        return json.loads(
            raw.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_refused
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ValueError as error:
        cut = "" if raw.rstrip().endswith(b"}") else ", or only the beginning of it"
        raise ValueError(f"it is not JSON{cut} ({error})") from None


def _read(path: Path) -> bytearray:
    """The bytes of a file that may be a document. Stops early, because a device may have no end."""
    if (size := path.stat().st_size) > LARGEST:
        raise ValueError(f"it has {size:,} bytes, and at most {LARGEST:,} are read")
    with path.open("rb") as file:
        raw = bytearray(file.read(START))
        for start, what in DISGUISES:
            if raw.startswith(start):
                raise ValueError(f"it seems to be {what}; nothing in it was executed")
        if raw.lstrip()[:1] != b"{":
            raise ValueError(
                f"it is not JSON, which begins with {{; this begins with {bytes(raw[:10])!r}"
            )
        while len(raw) <= LARGEST and (part := file.read(2**20)):
            raw += part
    if len(raw) > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} bytes, the most that are read")
    return raw


def _check_version(found: Any, version: int) -> None:
    if type(found) is int and found > version:
        raise ValueError(
            f"it was written by a newer version of this library: its format has version {found}, "
            f"and this library reads version {version}; update the library"
        )
    if type(found) is not int or found != version:
        raise ValueError(
            f"it has the format version {found!r}, and this library reads version {version}; "
            "write the file again with this library"
        )


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, content in pairs:
        if name in document:
            raise ValueError(f"the name {name!r} appears twice")
        document[name] = content
    return document


def number(x: Any, what: str) -> float:
    """A finite number of a document.

    >>> number(2, "the mean")
    2.0
    """
    if isinstance(x, bool) or not isinstance(x, int | float) or not math.isfinite(x):
        raise ValueError(f"{what} must be a finite number, got {shown(x)}")
    return float(x)


def whole(x: Any, what: str, least: int = 0, most: float = math.inf) -> int:
    """A whole number of a document, within those bounds.

    >>> whole(3, "the batch", most=3)
    3
    """
    if isinstance(x, bool) or not isinstance(x, int) or not least <= x <= most:
        upper = "" if most == math.inf else f" and at most {most}"
        raise ValueError(
            f"{what} must be a whole number of at least {least}{upper}, got {shown(x)}"
        )
    return x


def _refused(token: str) -> Any:
    raise ValueError(f"{token} is not JSON")
