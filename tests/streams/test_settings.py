"""Settings: defaults, file, environment, command line, in that order; a wrong one is a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.settings import Settings, SettingsError, load_settings


def test_the_later_wins(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("lateness_s: 10\nbatch_mentions: 20\nstore: chdb:///from/file\n")
    environ = {"VIGIE_SETTINGS": str(path), "VIGIE_BATCH_MENTIONS": "30", "VIGIE_STORE": "chdb:///from/env"}
    settings = load_settings(environ, store="chdb:///from/line", watches=None)
    assert (settings.lateness_s, settings.batch_mentions, settings.store) == (10, 30, "chdb:///from/line")
    assert settings.watches is None
    assert load_settings({}) == Settings()


def test_an_empty_variable_is_none_at_all() -> None:
    assert load_settings({"VIGIE_LATENESS_S": "", "VIGIE_STORE": ""}) == Settings()


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"VIGIE_LATENESS_S": "soon"}, "VIGIE_LATENESS_S: Input should be a valid integer"),
        ({"VIGIE_LATENESS_S": "-1"}, "VIGIE_LATENESS_S: Input should be greater than or equal to 0"),
        ({"VIGIE_BATCH_MENTIONS": "0"}, "VIGIE_BATCH_MENTIONS"),
        ({"VIGIE_KAFKA_SECURITY": "none"}, "VIGIE_KAFKA_SECURITY"),
        ({"VIGIE_PSEUDONYM_KEY": "short"}, "VIGIE_PSEUDONYM_KEY is shorter than 16 characters"),
        ({"VIGIE_SETTINGS": "nowhere.yaml"}, "settings file nowhere.yaml"),
    ],
)
def test_a_wrong_setting_is_named(environ: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(environ)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"lateness: 5\n", "'lateness' is no setting; there are"),
        (b"- lateness_s\n", "it must be a list of `name: value` lines"),
        (b"lateness_s: 5\nlateness_s: 6\n", "line 2: 'lateness_s' stands twice here"),
        (b"lateness_s: [\n", "line 2"),
        (b"\xff\xfe", "settings file"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: bytes, said: str) -> None:
    path = tmp_path / "settings.yaml"
    path.write_bytes(text)
    with pytest.raises(SettingsError) as caught:
        load_settings({"VIGIE_SETTINGS": str(path)})
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_an_empty_file_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.touch()
    assert load_settings({"VIGIE_SETTINGS": str(path)}) == Settings()


def test_secrets_are_shown_nowhere() -> None:
    secret = "a secret that nobody may read"
    settings = load_settings({"VIGIE_PSEUDONYM_KEY": secret, "VIGIE_KAFKA_PASSWORD": secret})
    assert secret not in repr(settings) + str(settings) + settings.model_dump_json()
    assert settings.pseudonym_key is not None
    assert settings.pseudonym_key.get_secret_value() == secret


def test_whatever_listens_binds_to_this_machine_unless_told_otherwise() -> None:
    assert Settings().host == "127.0.0.1"
