"""Files that are written whole: links stay links, and what is no regular file is written to,
not replaced.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from threading import Thread

import pytest

from nn.files.documents import remove_drafts, write_atomically


def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    link, file = tmp_path / "link.json", tmp_path / "far" / "file.json"
    try:
        link.symlink_to(file)
    except OSError:
        pytest.skip("links cannot be made here")
    for text in ("the first", "the second"):
        write_atomically(link, text)
        assert link.is_symlink()
        assert file.read_text("utf-8") == text
    (tmp_path / "far" / ".file.json.0.draft").touch()
    remove_drafts(link)
    assert [path.name for path in (tmp_path / "far").iterdir()] == ["file.json"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_a_pipe_stays_a_pipe_and_is_written_to(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = Thread(target=lambda: read.append(pipe.read_text("utf-8")))
    reader.start()
    write_atomically(pipe, "text")
    reader.join()
    assert read == ["text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "model.json"):
        with pytest.raises(OSError, match="cannot be written"):
            write_atomically(path, "text")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
