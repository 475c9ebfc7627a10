"""What counts as a word, and that no text can hurt."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text import BARRIER, MAX_CHARS, domain_of, fold_name, normalise, words_of

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # surrogates too


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", ()),
        ("Crue à Mégantic", ("crue", "a", "megantic")),
        ("MÉGANTIC Me\u0301gantic", ("megantic", "megantic")),
        ("l'inondation l’inondation", ("l", "inondation", "l", "inondation")),
        ("qu&#39;elle R&amp;D", ("qu", "elle", "r", "d")),
        ("Cœur, Straße, Øresund, ŁÓDŹ, İstanbul", ("coeur", "strasse", "oresund", "lodz", "istanbul")),
        ("porte-parole 24/7 rupture_digue", ("porte", "parole", "24", "7", "rupture", "digue")),
        ("in\u200bon\u00addation \u202eRTL\u202c in\x00ondation", ("inondation", "rtl", "inondation")),
        ("a\nb\tc\u2028d\u00a0e", ("a", "b", "c", "d", "e")),
        ("𝐢𝐧𝐨𝐧𝐝𝐚𝐭𝐢𝐨𝐧 ｆｌｏｏｄ ﬁn", ("inondation", "flood", "fin")),
        ("eau🔥feu 👍🏽 ⚠️ 1️⃣", ("eau", "🔥", "feu", "👍", "⚠", "1")),
        ("Наводнение Ёлка", ("наводнение", "елка")),
        ("فيضانات أمطـار ٣", ("فيضانات", "امطار", "3")),
        ("बाढ़ कहानी", ("बाढ\u093c", "कहानी")),
        ("홍수 경보", ("홍수", "경보")),
        ("洪水が大きい", tuple("洪水が大きい")),
        ("洪水warning", ("洪", "水", "warning")),
        ("Apple™ n° 5 →", ("apple", "n", "5")),
        ("\ud83d a\udc00b", ("a", "b")),
    ],
)
def test_words(text: str, tokens: tuple[str, ...]) -> None:
    assert normalise(text).tokens == tokens


def test_decomposed_kana_are_the_composed_ones() -> None:
    assert normalise("か\u3099").tokens == normalise("が").tokens != normalise("か").tokens


def test_hashtags_are_words_and_their_parts_stand_aside() -> None:
    text = normalise("Alerte #RuptureDeDigue #Crue_2024 #1 #ÉtéChaud C# x#y")
    assert text.hashtags == ("rupturededigue", "crue_2024", "etechaud")
    assert text.tokens == ("alerte", "rupturededigue", "crue", "2024", "1", "etechaud", "c", "x", "y")
    assert {"#rupturededigue", "#crue_2024", "rupture", "digue", "ete"} <= text.words
    running, *aside = text.padded.split(BARRIER)
    assert running == f" {text.folded} "
    assert aside[0] == " rupture de digue "


@pytest.mark.parametrize("tag", ["बाढ़", "น้ำท่วม", "e\u0301te\u0301", "洪水"])
def test_a_hashtag_keeps_the_marks_of_its_script(tag: str) -> None:
    assert normalise(f"a#{tag}, #{tag}").hashtags == ("".join(words_of(tag)),)


def test_mentions_are_words_without_their_host() -> None:
    text = normalise("Merci @Mairie_Lyon, @prefet@Example.Social et @alice.bsky.social; a@b.fr")
    assert text.mentions == ("mairie_lyon", "prefet@example.social", "alice.bsky.social")
    assert text.folded == "merci mairie lyon prefet et alice bsky social a b fr"
    assert {"@mairie_lyon", "@prefet", "@prefet@example.social", "@alice", "@alice.bsky.social"} <= text.words


def test_addresses_give_domains_and_no_words() -> None:
    text = normalise(
        "lire https://www.LeMonde.fr/crue-herault?a=b#crue, http://user:pw@news.example.org:80/x www.x.fr/y "
        "HTTPS://Y.FR «http://z.fr/dépêche» http://localhost/ http:// https://lemonde.fr"
    )
    assert text.domains == ("lemonde.fr", "news.example.org", "z.fr", "x.fr", "y.fr")
    assert text.folded == "lire"
    assert text.hashtags == ()


@pytest.mark.parametrize(
    "url", ["www.X.fr/a", "WWW.X.FR/a", "Www.x.fr", "Https://x.fr", "http://x.fr", "HTTP://WWW.X.FR"]
)
def test_an_address_alone_is_seen_however_it_is_typed(url: str) -> None:
    text = normalise(f"voir {url}")
    assert (text.folded, text.domains) == ("voir", ("x.fr",))


def test_an_address_ends_where_a_script_without_spaces_begins() -> None:
    assert normalise("http://t.co/abc洪水").tokens == ("洪", "水")


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://www.Example.org/a", "example.org"),
        ("example.org", "example.org"),
        ("//a.b.example.org?x", "a.b.example.org"),
        ("https://www.Bücher.example/", "xn--bcher-kva.example"),
        ("https://example.org.:443", "example.org"),
        ("https://www.fr", None),
        ("mailto:", None),
        ("", None),
        ("http://", None),
        ("http://[::1", None),
        ("http://" + "a" * 5000 + ".org", None),
        ("http://é..\ud800.fr", None),
    ],
)
def test_domain_of(url: str, domain: str | None) -> None:
    assert domain_of(url) == domain


def test_fold_name_keeps_one_piece() -> None:
    assert fold_name("Jean_Été.X@Hôte") == "jean_ete.x@hote"


def test_only_the_first_characters_are_read() -> None:
    words = normalise("ab " * MAX_CHARS).tokens
    assert len(words) == MAX_CHARS // 3 + 1
    assert words[-1] == "ab"[: MAX_CHARS % 3]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 5_000_000,
        "🔥" * 1_000_000,
        "@a." * 10_000,
        "@a" + "-" * 30_000,
        "@" * 30_000,
        "@a@" + "a" * 30_000,
        "@a@" + "a." * 10_000,
        "@a@b" * 5_000,
        "#A" * 10_000,
        "#" + "aB" * 10_000,
        "&" * 20_000 + ";",
        "http://" * 5_000,
        "http://" + "a." * 9_000,
        "http://" + "é." * 9_000,
        "www." * 5_000,
        "http:/" * 5_000,
        "ﷺ" * 20_000,
        "a" + "\u0301\u0323" * 10_000,
        "か" + "\u3099\u0e38" * 10_000,
        "".join(map(chr, range(0x10000, 0x10000 + 20_000))),
    ],
    ids=lambda text: ascii(text[:6]),
)
def test_hostile_texts_cost_little(text: str) -> None:
    started = time.process_time()
    normalise(text)
    assert time.process_time() - started < 1.0  # a quadratic reading takes minutes


@given(ANY_TEXT)
def test_no_text_raises_and_what_comes_out_is_consistent(text: str) -> None:
    normal = normalise(text)
    assert normal.folded == " ".join(normal.tokens)
    assert normal.padded.startswith(f" {normal.folded} ")
    assert set(normal.tokens) <= normal.words
    assert BARRIER not in normal.words
    assert all(normal.tokens)


@given(ANY_TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words


def test_case_does_not_count_in_any_script() -> None:
    # Ancient Greek's iota subscript (U+0345) is a mark in small letters and a letter in capitals.
    letters = [
        chr(code) for code in range(0x10000) if "\u0345" not in unicodedata.normalize("NFD", chr(code))
    ]
    assert [letter for letter in letters if words_of(letter) != words_of(letter.upper())] == []
    assert [letter for letter in letters if words_of(letter) != words_of(letter.lower())] == []


@given(
    st.lists(
        st.sampled_from(["crue", "été", "œuvre", "Mégantic", "l'eau", "Noël", "çà", "洪水", "🔥", "12"]),
        max_size=8,
    )
)
def test_case_and_accents_do_not_count(words: list[str]) -> None:
    text = " ".join(words)
    plain = text.translate(str.maketrans("éëçàÉ", "eecaE")).replace("œ", "oe")
    assert normalise(text) == normalise(text.upper()) == normalise(plain)
