"""Settings from a file and from the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.errors import BadSettings
from tidegate.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def loaded(text: str = "", /, **environment: str) -> Settings:
    file = Path("settings.toml")
    file.write_text(text)
    return load_settings(file, environment)


def refusal(text: str = "", /, **environment: str) -> str:
    with pytest.raises(BadSettings) as caught:
        loaded(text, **environment)
    return str(caught.value)


def test_without_a_file_there_are_defaults() -> None:
    assert load_settings(environment={}) == Settings()


def test_the_environment_goes_before_the_file() -> None:
    text = 'keyring = "k.toml"\n[kafka]\nbootstrap = "a:1"\ngroup = "g"\n[hub]\nbatch = 7'

    found = loaded(text, TIDEGATE_KAFKA__BOOTSTRAP="b:2", TIDEGATE_KEYRING="other.toml", TIDEGATE_HUB__PORT="0")

    assert (found.kafka.bootstrap, found.kafka.group, found.hub.batch, found.hub.port) == ("b:2", "g", 7, 0)
    assert found.keyring == Path("other.toml")


def test_where_the_file_is() -> None:
    Path("tidegate.toml").write_text('[kafka]\ngroup = "here"')
    Path("named.toml").write_text('[kafka]\ngroup = "named"')

    assert load_settings(environment={}).kafka.group == "here"
    assert load_settings(environment={"TIDEGATE_CONFIG": "named.toml"}).kafka.group == "named"
    assert load_settings(Path("named.toml"), {"TIDEGATE_CONFIG": "none.toml"}).kafka.group == "named"


def test_what_is_meant_for_tests_or_for_others_is_not_ours() -> None:
    assert loaded(TIDEGATE_TEST_BOOTSTRAP="x", KAFKA__BOOTSTRAP="y", PATH="z") == Settings()


@pytest.mark.parametrize(
    ("text", "environment", "words"),
    [
        ('[kafka]\nbootstrp = "a"', {}, "kafka.bootstrp is not a setting; did you mean kafka.bootstrap?"),
        ("[lanes]\nsession_s = 6", {}, "lanes is not a setting; did you mean lane?"),
        ("", {"TIDEGATE_KAFKA__BOOTSTRP": "a"}, "did you mean TIDEGATE_KAFKA__BOOTSTRAP?"),
        ("", {"TIDEGATE_KAFKA": "a"}, "TIDEGATE_KAFKA is not a setting"),
        ("kafka = 3", {"TIDEGATE_KAFKA__GROUP": "g"}, "kafka in the settings file is a table"),
        ("kafka = 3", {}, "kafka:"),
        ("[kafka", {}, "settings.toml"),
        ("[hub]\nbatch = 0", {}, "hub.batch:"),
        ("[hub]\nbatch = 10001", {}, "hub.batch:"),
        ("[hub]\nport = 70000", {}, "hub.port:"),
        ('[redis]\non_claims_lost = "drop"', {}, "redis.on_claims_lost:"),
        ("[lane]\nrequest_s = 11.0", {}, "have to grow in this order"),
        ("[lane]\ntransaction_timeout_s = 10.0", {}, "have to grow in this order"),
        ("[lane]\nheartbeat_s = 2.5", {}, "three heartbeats"),
        ("[lane]\nsession_s = 9.0", {}, "at most lane.rebalance_s"),
        ("[lane]\nrules_stale_s = 5.0", {}, "below lane.rules_stale_s"),
        ("[lane]\nretry_s = 0", {}, "lane.retry_s:"),
    ],
)
def test_what_is_wrong_is_said_by_its_name(text: str, environment: dict[str, str], words: str) -> None:
    assert words in refusal(text, **environment)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(BadSettings, match=r"there is no settings file none\.toml"):
        load_settings(Path("none.toml"), {})


def test_a_value_is_never_repeated() -> None:
    """It may be a password."""
    assert "hunter2" not in refusal('[redis]\ntimeout_s = "hunter2"')


def test_secrets_are_not_in_the_text_of_settings() -> None:
    found = loaded('[kafka]\nsasl_password = "hunter2"\n[redis]\nurl = "redis://:hunter2@h"')

    assert "hunter2" not in repr(found)
