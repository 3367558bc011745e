"""Where a record key belongs, and secrets by id."""

from __future__ import annotations

import pytest
from aiokafka.partitioner import murmur2 as murmur2_of_aiokafka
from hypothesis import given
from hypothesis import strategies as st

from tidegate.errors import BadSettings
from tidegate.gate import Keyring, parse_keyring
from tidegate.gate.keys import murmur2

HEX = "ab" * 32


@pytest.mark.parametrize(
    ("key", "hash_of_java"),
    [
        # org.apache.kafka.common.utils.UtilsTest.testMurmur2
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_a_key_lies_where_javas_client_puts_it(key: bytes, hash_of_java: int) -> None:
    assert murmur2(key) == hash_of_java & 0x7FFFFFFF


@given(st.binary(max_size=40))
def test_publish_puts_it_there_too(key: bytes) -> None:
    """``tidegate publish`` leaves the partition to aiokafka."""
    assert murmur2(key) == murmur2_of_aiokafka(key) & 0x7FFFFFFF


def test_a_keyring_is_read_and_its_secrets_are_in_no_text() -> None:
    keyring = parse_keyring(f'[keys]\nk1 = "{HEX}"\nk2 = "{"cd" * 32}"\n')

    assert keyring.secret("k1") == bytes.fromhex(HEX)
    assert "ab" * 4 not in repr(keyring)
    assert "\\xab" not in repr(keyring)


def test_a_key_that_is_missing_is_named_beside_those_that_are_there() -> None:
    with pytest.raises(BadSettings, match=r"no key 'k9' \(it has: k1\)"):
        Keyring({"k1": bytes(32)}).secret("k9")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no keys"),
        ("keys = 3", "has no keys"),
        ("[keys]", "has no keys"),
        ("[keys", "not TOML"),
        ('[keys]\nk1 = "xyz"', "not hexadecimal"),
        ("[keys]\nk1 = 5", "not hexadecimal"),
        ('[keys]\nk1 = "abcd"', "has 2 bytes; it needs 32"),
    ],
)
def test_what_is_no_keyring_is_refused_without_repeating_it(text: str, words: str) -> None:
    with pytest.raises(BadSettings, match=words) as caught:
        parse_keyring(text)
    assert "xyz" not in str(caught.value)
