"""Files that people name: regular ones only, and none too large to be what it should."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.builders import documents

from tidegate.errors import BadRules, BadSettings
from tidegate.provision.files import read_text, read_whole
from tidegate.provision.folders import read_keyring, read_rules


def strange(folder: Path, name: str) -> Path:
    """A link to a device that never ends."""
    (folder / name).symlink_to("/dev/zero")
    return folder / name


def test_a_pipe_and_a_device_are_refused_and_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for file in (tmp_path / "pipe", strange(tmp_path, "device"), tmp_path):
        with pytest.raises(OSError, match=r"it is no regular file") as found:
            read_whole(file)
        assert found.value.strerror == "it is no regular file"


def test_a_file_has_no_more_bytes_than_it_may(tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(bytes(2 << 20))
    assert len(read_whole(file, 2 << 20)) == 2 << 20
    with pytest.raises(OSError, match=r"it has more than 1 MiB"):
        read_whole(file, (2 << 20) - 1)


def test_lines_end_the_same_way_whoever_wrote_them(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_bytes("\ufeffa\r\nb\rc\nd\r\n".encode())
    assert read_text(file) == "a\nb\nc\nd\n"


def test_a_rule_set_names_what_is_no_document(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.toml")
    (tmp_path / "b.toml").write_bytes(b"\n" * ((16 << 20) + 1))
    (tmp_path / "c.toml").write_bytes(b"a = 1\nb = '\xff'")
    (tmp_path / "schemas").mkdir()
    strange(tmp_path / "schemas", "own.avsc")
    (tmp_path / "reference").mkdir()
    strange(tmp_path / "reference", "un-locode.txt")
    with pytest.raises(BadRules) as found:
        read_rules(tmp_path)
    assert [str(one) for one in found.value.mistakes] == [
        "a.toml:1: this cannot be read: it is no regular file",
        "b.toml:1: this cannot be read: it has more than 16 MiB",
        "c.toml:2: this is not UTF-8; save the file as UTF-8",
        "own.avsc:1: this cannot be read: it is no regular file",
        "reference/un-locode.txt:1: this cannot be read: it is no regular file",
    ]


def test_a_file_that_looks_as_if_it_were_of_a_rule_set_and_is_not_read_is_told(tmp_path: Path) -> None:
    for name, text in documents().items():
        (tmp_path / name).write_text(text)
    for name in ("classes.TOML", "papers.toml.txt", ".hidden.TOML", "README.md", "papers/scc.toml", ".git/x.toml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("[[class]] no TOML at all")

    notes = [one for one in read_rules(tmp_path).notes if "not read" in one.sentence]

    assert [(one.file, one.line) for one in notes] == [
        ("classes.TOML", 1),
        ("papers/scc.toml", 1),
        ("papers.toml.txt", 1),
    ]


def test_a_keyring_is_a_file_and_not_nested(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="cannot be read"):
        read_keyring(strange(tmp_path, "keyring.toml"))
    (tmp_path / "deep.toml").write_text(f"keys = {'[' * 100_000}")
    with pytest.raises(BadSettings, match="the keyring is nested too deep"):
        read_keyring(tmp_path / "deep.toml")
