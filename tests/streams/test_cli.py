"""`vigie` as people run it, with input as people have it: a sentence, an exit code, and nothing lost."""

from __future__ import annotations

import gzip
import os
import pty
import random
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from models.spike import Sensitivity
from streams.budget import FALSE_A_MONTH
from streams.cli import main
from streams.store.migrate import shipped
from streams.store.open import open_store
from streams.store.owner import Owner
from tests.generated import NOW, lines, watches_file, write

pytest.importorskip("chdb", reason="the embedded store needs chDB: pip install 'vigie[embedded]'")

VIGIE = [sys.executable, "-m", "streams.cli"]
ROOT = Path(__file__).parents[2]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")} | {
    "PYTHONPATH": str(ROOT),
    "VIGIE_PSEUDONYM_KEY": "a secret of the tests, no other",
}
SUMS = ("stored", "updated", "duplicates", "unmatched", "retractions", "dead_letters")
POST: dict[str, Any] = {
    "platform": "x",
    "native_id": "1",
    "text": "la crue",
    "created_at": "2026-03-02T06:00:00Z",
}


Done = subprocess.CompletedProcess[bytes]


def vigie(*arguments: str | Path, stdin: bytes = b"", environment: dict[str, str] | None = None) -> Done:
    """A process of its own."""
    done = subprocess.run(
        [*VIGIE, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
        env=ENVIRONMENT | (environment or {}),
    )
    return _checked(done)


class Here:
    """The same in this process, which spares the start: for what a process of its own adds nothing to."""

    def __init__(self, capfd: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capfd = capfd
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str | Path, environment: dict[str, str] | None = None) -> Done:
        with self._monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["vigie", *map(str, arguments)])
            for name in [name for name in os.environ if name.startswith("VIGIE_")]:
                patch.delenv(name)
            for name, value in (ENVIRONMENT | (environment or {})).items():
                patch.setenv(name, value)
            self._capfd.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
            out, err = self._capfd.readouterr()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return _checked(subprocess.CompletedProcess(arguments, code or 0, out, err))

    def refused(
        self, code: int, sentence: str, *arguments: str | Path, environment: dict[str, str] | None = None
    ) -> None:
        done = self(*arguments, environment=environment)
        assert (done.returncode, done.stdout) == (code, b""), said(done)
        assert sentence in said(done)


@pytest.fixture
def here(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Here:
    return Here(capfdbinary, monkeypatch)


def _checked(done: Done) -> Done:
    assert b"Traceback" not in done.stderr, said(done)
    assert b"a fault in Vigie" not in done.stderr, said(done)
    return done


def said(done: Done) -> str:
    return done.stderr.decode()


def totals(done: Done) -> dict[str, Any]:
    """The object on the last line of stdout; its counts add up."""
    found: dict[str, Any] = orjson.loads(done.stdout.splitlines()[-1])
    assert found["read"] == sum(found[name] for name in SUMS)
    assert set(found) == {"read", *SUMS, "incidents", "seconds"}
    return found


def rows(store: Path, query: str) -> list[dict[str, Any]]:
    opened = open_store(f"chdb://{store}", create=False)
    try:
        return [orjson.loads(line) for line in opened.select(query, format="JSONEachRow").splitlines()]
    finally:
        opened.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("cli")
    watches_file(made)
    write(made / "posts.jsonl", lines(1, hours=20, crisis_at_h=15))
    return made


WRONG: list[tuple[bytes, str]] = [
    (b'{"platform":"x","native_id":', "not JSON"),
    (b"[1, 2]", "not a JSON object but list"),
    (b'"text"', "not a JSON object but str"),
    (b"\xff\xfe{}", "not UTF-8: byte 1 is 0xff"),
    (b'{"platform":"x\x00"}', "a NUL byte at byte 15"),
    (b"\x00", "a NUL byte at byte 1"),
    *(
        (orjson.dumps({name: value for name, value in POST.items() if name != key}), f"{key} is missing")
        for key in POST
    ),
    *(
        (orjson.dumps(POST | changes), sentence)
        for changes, sentence in (
            ({"native_id": 1.5}, "native_id is 1.5: it must be a string"),
            ({"native_id": ["1"]}, "native_id is ['1']"),
            ({"text": 5}, "text is 5: it must be a string"),
            ({"platform": "two words"}, "platform is 'two words'"),
            ({"kind": "story"}, "kind is 'story': it must be one of"),
            ({"author_followers": "many"}, "author_followers is 'many': it must be a whole number"),
            ({"author_verified": "yes"}, "author_verified is 'yes': it must be true or false"),
            ({"engagement": [1]}, "engagement is [1]: it must be an object"),
            ({"media": {}}, "media is {}: it must be a list of addresses"),
            ({"edited_at": "then"}, "edited_at is 'then'"),
            ({"type": "like"}, "type is 'like'"),
            ({"created_at": 1772431200}, "created_at is 1772431200: it must be a time with an offset"),
            ({"created_at": "2026-03-02T06:00:00"}, "has no time zone: write"),
            ({"created_at": "2026-02-30T06:00:00Z"}, "it must be a time with an offset"),
            ({"created_at": "0001-01-01T00:00:00Z"}, "before 2000"),
            ({"created_at": "0001-01-01T00:00:00+14:00"}, "outside the years that can be counted"),
            ({"created_at": "9999-12-31T23:59:59Z"}, "more than a day after this computer's clock"),
            ({"created_at": "9999-12-31T23:59:59-14:00"}, "outside the years that can be counted"),
            ({"text": "a" * 5_000_000}, "text has 5,000,000 characters: at most 100,000 are read"),
            ({"type": "retraction", "native_id": None}, "names either native_id (one post) or author_id"),
        )
    ),
]
HARD: list[dict[str, Any]] = [
    POST | {"native_id": "é\\'\"\n\t\u0000%s{x:String}", "text": "crue \u0000 \\ ' \" \u202e 👩‍👩‍👧 \ufffd"},
    POST | {"native_id": 12345678901234567, "author_id": 5, "text": "crue", "unknown": {"key": [None]}},
    POST | {"native_id": "longest", "text": "crue " * 20_000, "author_handle": "@Élu"},
    POST | {"native_id": "n" * 1_024, "lang": "fr-CA", "url": "not an address", "author_followers": 2**53},
]


@pytest.fixture(scope="module")
def hostile(folder: Path) -> tuple[Path, dict[str, Any], Done]:
    """Every wrong line between right ones, in one store."""
    right = [orjson.dumps(line) for line in HARD]
    wrong = [line for line, _ in WRONG]
    path = folder / "hostile.jsonl"
    path.write_bytes(b"\n".join([b"", *right[:1], b"   ", *wrong, *right[1:], right[0]]))
    store = folder / "hostile"
    done = vigie("replay", path, "--watches", folder / "watches.yaml", "--store", f"chdb://{store}",
                 "--json", "--strict")  # fmt: skip
    return store, totals(done), done


def test_wrong_lines_are_parked_and_right_ones_are_stored(
    hostile: tuple[Path, dict[str, Any], Done],
) -> None:
    _, found, done = hostile
    assert done.returncode == 1
    assert found["read"] == len(WRONG) + len(HARD) + 1
    assert (found["stored"], found["duplicates"], found["dead_letters"]) == (len(HARD), 1, len(WRONG))
    assert f"{len(WRONG)} parked" in said(done)
    assert "SELECT position, reason, raw FROM dead_letters" in said(done)
    # What people wrote, and who, is in the store and nowhere else.
    assert not [word for word in ("crue", "Élu", "👧", "aaaa") if word in said(done)]


def test_what_was_parked_says_where_why_and_what_to_the_byte(
    hostile: tuple[Path, dict[str, Any], Done],
) -> None:
    store, _, _ = hostile
    query = (
        "SELECT origin, position, reason, hex(raw) AS bytes FROM dead_letters "
        "ORDER BY toUInt64(splitByChar(' ', position)[2])"
    )
    letters = rows(store, query)
    assert [(letter["origin"], letter["position"]) for letter in letters] == [
        ("hostile.jsonl", f"line {number}") for number in range(4, len(WRONG) + 4)
    ]
    for letter, (raw, sentence) in zip(letters, WRONG, strict=True):
        assert sentence in letter["reason"]
        assert bytes.fromhex(letter["bytes"]) == raw


def test_what_was_stored_is_what_stood_there(
    hostile: tuple[Path, dict[str, Any], Done],
) -> None:
    store, _, _ = hostile
    found = {row["id"]: row["text"] for row in rows(store, "SELECT id, text FROM mentions")}
    assert found == {f"x:{line['native_id']}": line["text"] for line in HARD}


def test_enrich_gives_one_line_a_line_in_order_and_says_what_is_wrong(folder: Path) -> None:
    texts = [orjson.dumps(POST | {"native_id": str(number)}) for number in range(5)]
    stdin = b"\n".join([texts[0], b"{oops", b"", texts[1], b"\xff", *texts[2:]])
    done = vigie("enrich", "--watches", folder / "watches.yaml", stdin=stdin)
    assert done.returncode == 0, said(done)
    out = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert [line.get("id", line.get("line")) for line in out] == ["x:0", 2, "x:1", 5, "x:2", "x:3", "x:4"]
    assert "not JSON" in out[1]["error"]
    assert set(out[0]) == {
        "id", "lang", "sentiment", "misinformation", "watches", "narrative", "urgent", "vip",
    }  # fmt: skip
    assert out[0]["watches"] == ["flood"]
    assert done.stderr == b""


def test_check_says_what_each_watch_would_match(folder: Path, here: Here) -> None:
    done = here("check", folder / "watches.yaml", "--against", folder / "posts.jsonl", "--json")
    found = orjson.loads(done.stdout)
    assert found["read"] == len((folder / "posts.jsonl").read_bytes().splitlines())
    assert [(watch["name"], watch["matches"] > 100) for watch in found["watches"]] == [
        ("flood", True),
        ("school", True),
    ]
    spoken = here("check", folder / "watches.yaml", "--against", folder / "posts.jsonl")
    assert f"posts read: {found['read']:,}; lines that could not be: 0".encode() in spoken.stdout
    assert b"A post matches if it contains" in spoken.stdout
    assert b"in the shadow, telling nobody: more" in spoken.stdout
    assert found["false_a_month"] == round(2 * FALSE_A_MONTH[Sensitivity.BALANCED], 1)
    own, warnings = found["false_a_month"], found["false_warnings_a_month"]
    assert f"about {own} false incidents a month, {warnings} of them warning".encode() in spoken.stdout
    french = folder / "twenty.yaml"
    twenty = "".join(f"  - {{name: v{number}, query: crue}}\n" for number in range(20))
    french.write_text(f"version: 1\nwatches:\n{twenty}")
    assert (
        "environ 23 faux incidents par mois, dont 11 en alerte ou plus grave, toutes veilles et tous signaux "
        "réunis (toutes à fewer : 9,2, dont 6,2)"
    ) in here("check", french).stdout.decode()
    wrong = folder / "wrong.yaml"
    wrong.write_text("version: 1\nwatches:\n  - name: A\n    query: '(a OR'\n")
    done = here("check", wrong)
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"{wrong} line 3: watches[1].name is 'A'" in said(done)
    assert f"{wrong} line 4: watches[1].query" in said(done)


def test_what_cannot_be_done_is_refused_in_a_sentence_before_anything_is_made(
    folder: Path, here: Here
) -> None:
    watches, posts, store = folder / "watches.yaml", folder / "posts.jsonl", folder / "refused"
    url = f"chdb://{store}"
    (folder / "array.json").write_bytes(b"[{}]")
    replay: tuple[str | Path, ...] = ("replay", "--watches", watches, "--store", url)
    for code, sentence, arguments in (
        (2, "there is no such file", (*replay, folder / "missing.jsonl")),
        (2, "there is no such file", (*replay, posts, folder / "missing.jsonl")),
        (2, "is a directory: name the files in it", (*replay, folder)),
        (2, "the same file is named twice", (*replay, posts, posts)),
        (2, "the same file is named twice", (*replay, posts, folder / ".." / folder.name / "posts.jsonl")),
        (2, "--map 'native_id': it must be NAME=VALUE", (*replay, posts, "--map", "native_id")),
        (2, "VIGIE_LATENESS_S", (*replay, posts, "--lateness", "-1")),
        (2, "no watches file: give --watches", ("replay", posts, "--store", url)),
        (2, "no store: give --store URL", ("replay", posts, "--watches", watches)),
        (2, "names no store", ("replay", posts, "--watches", watches, "--store", "sqlite:///x")),
        (2, "cannot be read: No such file", ("replay", posts, "--watches", "nowhere.yaml", "--store", url)),
        (2, "No such option", (*replay, posts, "--fast")),
        (3, "there is no store at", ("sql", "--store", url, "SELECT 1")),
        (3, "there is no store at", ("incidents", "list", "--store", url)),
        (3, "holds something else than a store", ("sql", "--store", f"chdb://{folder}", "SELECT 1")),
        (3, "is a file: an embedded store is a directory", ("sql", "--store", f"chdb://{posts}", "SELECT 1")),
    ):
        here.refused(code, sentence, *arguments)
        assert not store.exists()


def test_a_new_store_is_migrated_a_name_a_line_and_a_dry_run_makes_none(here: Here, tmp_path: Path) -> None:
    store = tmp_path / "new"
    migrate = ("migrate", "--store", f"chdb://{store}")
    names = [migration.name for migration in shipped()]
    dry = here(*migrate, "--dry-run")
    assert (dry.returncode, dry.stdout.decode().splitlines()) == (
        0,
        [f"would apply {name}" for name in names],
    )
    assert not store.exists()
    done = here(*migrate)
    assert (done.returncode, done.stdout.decode().splitlines()) == (0, [f"applied {name}" for name in names])
    for again in (here(*migrate), here(*migrate, "--dry-run")):
        assert (again.returncode, again.stdout) == (0, b"up to date: nothing to apply\n")


def test_what_is_refused_is_said_and_no_address_is_promised(folder: Path, tmp_path: Path) -> None:
    done = vigie(
        "up", "--watches", folder / "watches.yaml", "--store", f"chdb://{tmp_path / 'store'}",
        environment={"VIGIE_SQL_PORT": "0"},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, b"")
    assert said(done).splitlines() == [
        f"vigie: {folder / 'watches.yaml'} has no connectors: section: nothing to listen to"
    ]


def test_an_empty_file_and_an_array_and_a_torn_archive(folder: Path, here: Here, tmp_path: Path) -> None:
    store = f"chdb://{tmp_path / 'store'}"
    replay: tuple[str | Path, ...] = (
        "replay",
        "--watches",
        folder / "watches.yaml",
        "--store",
        store,
        "--json",
    )
    (tmp_path / "empty.jsonl").touch()
    done = here(*replay, tmp_path / "empty.jsonl")
    assert (done.returncode, totals(done)["read"]) == (0, 0)
    assert "nothing to read" in said(done)
    (tmp_path / "array.json").write_bytes(b"[{}]")
    here.refused(2, "array.json: the file begins with '[', a JSON array", *replay, tmp_path / "array.json")
    whole = gzip.compress((folder / "posts.jsonl").read_bytes(), compresslevel=1)
    (tmp_path / "torn.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    done = here(*replay, tmp_path / "torn.jsonl.gz")
    found = totals(done)
    assert (done.returncode, found["dead_letters"]) == (0, 1)
    assert found["read"] > 100
    (letter,) = rows(tmp_path / "store", "SELECT reason FROM dead_letters")
    assert "the gzip stream is damaged here, it is cut short" in letter["reason"]


def test_standard_input_twice_and_what_a_store_answers(folder: Path, here: Here, tmp_path: Path) -> None:
    """One store through its life: made from a pipe, played again, asked, held, left by a kill."""
    store = tmp_path / "a store"
    url = f"chdb://{tmp_path}/a%20store"
    environment = {"VIGIE_WATCHES": str(folder / "watches.yaml"), "VIGIE_STORE": url}
    posts = (folder / "posts.jsonl").read_bytes()
    first = vigie("replay", "-", "--json", stdin=posts, environment=environment)
    assert first.returncode == 0, said(first)
    assert totals(first)["stored"] > 0
    assert totals(first)["incidents"] > 0
    # Nothing but the counts: a bar would be drawn for nobody.
    assert "\r" not in said(first)
    assert "\x1b" not in said(first)
    assert len(first.stdout.splitlines()) == 1
    second = totals(vigie("replay", "-", "--json", stdin=posts, environment=environment))
    assert (second["stored"], second["updated"], second["incidents"]) == (0, 0, 0)
    assert second["duplicates"] == totals(first)["stored"]
    assert not (tmp_path / "a%20store").exists()

    listed = here("incidents", "list", "--json", environment=environment)
    incidents = [orjson.loads(line) for line in listed.stdout.splitlines()]
    assert len(incidents) == totals(first)["incidents"]
    shown = here("incidents", "show", incidents[0]["id"], environment=environment)
    assert incidents[0]["id"] in shown.stdout.decode()
    here.refused(2, "there is no incident 'nobody'", "incidents", "show", "nobody", environment=environment)
    here.refused(
        2, "refused, a query may only read the store", "sql", "DROP TABLE mentions", environment=environment
    )
    here.refused(2, "", "sql", "SELECT * FROM file('/etc/passwd')", environment=environment)
    here.refused(2, "", "sql", "SELECT nothing FROM nowhere", environment=environment)

    owner = Owner(store, NOW)
    try:
        done = vigie("sql", "SELECT 1", environment=environment)
        assert (done.returncode, done.stdout) == (3, b"")
        assert f"is in use by process {os.getpid()}" in said(done)
        here.refused(
            3, "one process at a time can open it", "replay", folder / "posts.jsonl", environment=environment
        )
    finally:
        owner.release()
    # The file stays; the lock went with its holder.
    assert (store / ".vigie" / "owner").exists()
    assert here("sql", "SELECT 1", environment=environment).returncode == 0


def test_nobody_who_reads_a_little_is_told_off(folder: Path, tmp_path: Path) -> None:
    """`| head -1`: the rest of the output has nowhere to go, and that is no fault."""
    many = tmp_path / "many.jsonl"
    posts = (orjson.dumps(POST | {"native_id": str(number)}) for number in range(3_000))
    many.write_bytes(b"\n".join(posts))
    with subprocess.Popen(
        [*VIGIE, "enrich", str(many)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert orjson.loads(process.stdout.readline())["id"] == "x:0"
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


@pytest.mark.parametrize("where", [">/dev/full", "1</dev/null", ">&-"])
def test_an_output_that_cannot_be_written_is_no_fault(folder: Path, where: str) -> None:
    for arguments in (("enrich", str(folder / "posts.jsonl")), ("--help",)):
        command = shlex.join([*VIGIE, *arguments])
        done = subprocess.run(
            ["sh", "-c", f"{command} {where}"], capture_output=True, check=False, timeout=120, env=ENVIRONMENT
        )
        assert done.returncode == 3, said(done)
        assert said(done).startswith("vigie: the output cannot be written: ")
        assert len(said(done).splitlines()) == 1


def _until(process: subprocess.Popen[bytes], path: Path) -> None:
    """Wait until the store's owner file is there, and so the command at work."""
    while not (path / ".vigie" / "owner").exists():
        assert process.poll() is None
        os.sched_yield()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_who_is_stopped_in_the_middle_goes_on_later(
    folder: Path, here: Here, tmp_path: Path, how: signal.Signals
) -> None:
    store = tmp_path / "store"
    replay = [
        "replay",
        "-",
        "--watches",
        str(folder / "watches.yaml"),
        "--store",
        f"chdb://{store}",
        "--json",
    ]
    environment = {"VIGIE_BATCH_MENTIONS": "50"}
    posts = (folder / "posts.jsonl").read_bytes()
    with subprocess.Popen(
        [*VIGIE, *replay],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT | environment,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        assert process.stdout is not None
        half = posts[: len(posts) // 2]
        process.stdin.write(half)
        process.stdin.flush()
        _until(process, store)
        # More than a pipe holds: once it is all taken, batches were worked on.
        process.stdin.write(posts[len(half) :])
        process.stdin.flush()
        process.send_signal(how)
        process.wait(60)
        spoken = process.stderr.read().decode()
    assert "Traceback" not in spoken
    if how is signal.SIGINT:
        assert (process.returncode, spoken.strip()) == (130, "stopped")
    replay[1] = str(folder / "posts.jsonl")
    done = here(*replay)
    assert done.returncode == 0, said(done)
    assert totals(done)["read"] == posts.count(b"\n")
    (row,) = rows(store, "SELECT count() AS mentions, uniqExact(id) AS ids FROM mentions")
    whole = totals(here(*replay[:-2], f"chdb://{tmp_path / 'other'}", "--json"))
    assert int(row["mentions"]) == int(row["ids"]) == whole["stored"]


def test_a_terminal_that_cannot_write_a_letter_is_no_fault(tmp_path: Path) -> None:
    watches = tmp_path / "watches.yaml"
    watches.write_text(
        "version: 1\nlanguage: fr\nwatches: [{name: crue, title: Crue de l’Hérault, query: inondé}]\n",
        encoding="utf-8",
    )
    done = vigie("check", watches, environment={"PYTHONIOENCODING": "latin-1"})
    assert b"Crue de l?H\xe9rault" in done.stdout


def test_progress_is_for_a_terminal(folder: Path, tmp_path: Path) -> None:
    """On a terminal there is a bar, and the object on stdout stays alone."""
    main, terminal = pty.openpty()
    try:
        done = subprocess.run(
            [*VIGIE, "replay", str(folder / "posts.jsonl"), "--watches", str(folder / "watches.yaml"),
             "--store", f"chdb://{tmp_path / 'store'}", "--json"],
            stdout=subprocess.PIPE,
            stderr=terminal,
            check=True,
            timeout=120,
            env=ENVIRONMENT | {"TERM": "xterm", "COLUMNS": "100"},
        )  # fmt: skip
        seen = os.read(main, 1 << 20)
    finally:
        os.close(terminal)
        os.close(main)
    assert b"\x1b[" in seen
    assert b"replay" in seen
    assert len(done.stdout.splitlines()) == 1


def test_a_store_that_may_not_be_read(folder: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        if subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
            pytest.skip("root reads everything, and there is no setpriv to be somebody else")
        if subprocess.run(
            [*command, *VIGIE, "--version"], check=False, capture_output=True, env=ENVIRONMENT
        ).returncode:
            pytest.skip("root reads everything, and nobody else may run this interpreter")
    else:
        command = []
    store = tmp_path / "store"
    store.mkdir(mode=0o000)
    done = subprocess.run(
        [*command, *VIGIE, "sql", "--store", f"chdb://{store}", "SELECT 1"],
        check=False,
        capture_output=True,
        env=ENVIRONMENT,
    )
    assert done.returncode == 3
    assert b"cannot be opened: Permission denied" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a full disk needs a small one: only root can mount a tmpfs")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_is_said_and_what_was_stored_stays(folder: Path, small_disk: Path) -> None:
    store = small_disk / "store"
    dice = random.Random(1)
    # What compresses badly fills a small disk soon.
    posts = [
        POST | {"native_id": str(number), "text": f"crue {dice.randbytes(3_000).hex()}"}
        for number in range(4_500)
    ]
    path = write(small_disk.parent / "large.jsonl", posts)
    arguments = ("replay", path, "--watches", folder / "watches.yaml", "--store", f"chdb://{store}", "--json")
    done = vigie(*arguments, environment={"VIGIE_BATCH_MENTIONS": "500"})
    assert done.returncode == 3, said(done)
    assert "no space left" in said(done).lower()
    assert len(said(done).strip().splitlines()) == 1
    subprocess.run(["mount", "-o", "remount,size=512m", str(small_disk)], check=True)
    found = totals(vigie(*arguments))
    assert found["stored"] + found["duplicates"] == found["read"] == len(posts)
    (row,) = rows(store, "SELECT count() AS n, uniqExact(id) AS ids FROM mentions")
    assert int(row["n"]) == int(row["ids"]) == len(posts)
