"""Sentences in the languages of the world, for the open set of the language head.

They are the translated interface sentences of Django (BSD-3-Clause), read from the installed package:
some 900 a language, in about 60 languages of Latin or Arabic script besides our seven. Its style is not
that of posts, so the seven are read from it as well; otherwise the head would learn style.
"""

import gettext
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from models.train.corpus import LANGUAGES, CorpusError

_MARKUP = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]*>|[\u200e\u200f]")


def interface_sentences() -> Iterator[tuple[str, str]]:
    """(language, sentence) in a fixed order; "und" for what is none of ours."""
    spec = find_spec("django")
    if spec is None or spec.origin is None:
        raise CorpusError("Django is not installed; training needs models/train/requirements.txt")
    seen: set[tuple[str, str]] = set()
    for path in sorted(Path(spec.origin).parent.glob("**/locale/*/LC_MESSAGES/*.mo")):
        code = path.parts[-3].partition("_")[0]
        with path.open("rb") as handle:
            catalogue = gettext.GNUTranslations(handle)._catalog  # type: ignore[attr-defined]
        for source, translation in catalogue.items():
            if not isinstance(source, str) or not source:
                continue
            pairs = [(code, translation)] if code != "en" else []
            pairs.append(("en", source))
            for lang, sentence in pairs:
                clean = " ".join(_MARKUP.sub(" ", sentence).split())
                # A translation equal to its source was never made.
                if (lang != "en" and sentence == source) or len(clean) < 4 or (lang, clean) in seen:
                    continue
                seen.add((lang, clean))
                yield (lang if lang in LANGUAGES else "und"), clean
