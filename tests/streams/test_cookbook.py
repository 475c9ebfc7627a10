"""Every example of the analyst's cookbook, run as it stands against a store with something in it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from streams.endpoint.server import EndpointPolicy, serving
from streams.store.base import Store
from streams.store.open import open_store
from tests.streams.crisis import fill

DOCS = Path(__file__).parents[2] / "docs"
COOKBOOK = DOCS / "cookbook.md"
FRENCH = DOCS / "fr/recettes.md"
ADDRESS = "http://127.0.0.1:8123"


def blocks(language: str, page: Path = COOKBOOK) -> list[str]:
    found = re.findall(
        rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert found, f"the cookbook has no {language}"
    return found


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(f"chdb://{tmp_path_factory.mktemp('store')}/s")
    fill(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def url(store: Store) -> Iterator[str]:
    with serving(store, EndpointPolicy(port=0)) as address:
        yield address


def here(code: str, url: str) -> str:
    """The page says 8123; the test takes a free port."""
    return code.replace("8123", url.rpartition(":")[2])


@pytest.mark.parametrize("language", ["sql", "python", "r"])
def test_the_french_page_has_the_same_examples(language: str) -> None:
    assert blocks(language, FRENCH) == blocks(language)


@pytest.mark.parametrize("sql", blocks("sql"))
def test_sql(store: Store, sql: str) -> None:
    lines = store.select(sql, format="TSVWithNames").decode().splitlines()
    assert len(lines) > 1


@pytest.mark.parametrize("code", blocks("python"))
def test_python(url: str, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    exec(compile(here(code, url), str(COOKBOOK), "exec"), names)  # noqa: S102 - that is the example
    if "client" in names:
        names["client"].close()  # type: ignore[attr-defined]
    assert capsys.readouterr().out.strip()


def test_python_sees_what_is_there(url: str) -> None:
    names: dict[str, object] = {}
    exec(compile(here(blocks("python")[0], url), str(COOKBOOK), "exec"), names)  # noqa: S102
    days = names["days"]
    assert len(days) == 4  # type: ignore[arg-type]
    assert days.sum() == 560  # type: ignore[attr-defined]
    names["client"].close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("code", blocks("r"))
def test_r(url: str, code: str, tmp_path: Path) -> None:
    """By R where it is installed; in any case what it asks is asked as R's URLencode writes it."""
    (sql,) = re.findall(r'ask\("([^"]*)"\)', code)
    (prefix,) = re.findall(r'paste0\("([^"]*)"', code)
    with urlopen(here(prefix, url) + quote(sql, safe="-._~")) as answer:  # noqa: S310 - our own
        lines = answer.read().decode().splitlines()
    assert lines[0] == '"hour","mentions","expected"'
    assert len(lines) == 97
    rscript = shutil.which("Rscript")
    if rscript is not None:
        script = tmp_path / "example.R"
        script.write_text(here(code, url), encoding="utf-8")
        subprocess.run([rscript, str(script)], check=True, cwd=tmp_path, timeout=60)
