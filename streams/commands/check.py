"""`vigie check`: is the watches file right, what does each watch listen for, and what would it match?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import orjson

from connectors.mention import Malformed, Mention
from connectors.recorded import Columns, chunks, read_file
from connectors.x_rules import translate_all
from models.spike import Sensitivity
from streams import configured
from streams.budget import FALSE_A_MONTH, WARNINGS_A_MONTH, a_month
from streams.commands import common
from streams.enrich import build_enricher
from streams.incidents.wording import TONGUES
from streams.pseudonym import Pseudonymiser
from streams.records import Enriched
from streams.settings import Settings
from streams.watches import Watch, Watches

_MATCHED = {"en": ("would match", "such as"), "fr": ("retiendrait", "par exemple")}
_READ = {
    "en": "posts read: {}; lines that could not be: {}",
    "fr": "publications lues : {} ; lignes illisibles : {}",
}
_EXPECTED = {
    "en": "about {own} false incidents a month, {own_warnings} of them warning or worse, over all watches "
    "and signals (all of them at fewer: {least}, and {least_warnings})",
    "fr": "environ {own} faux incidents par mois, dont {own_warnings} en alerte ou plus grave, toutes "
    "veilles et tous signaux réunis (toutes à fewer : {least}, dont {least_warnings})",
}
EXAMPLES = 3
BATCH = 4_000


@click.command()
@click.argument("watches", metavar="WATCHES")
@click.option("--against", metavar="MENTIONS", help="a file of posts: show what each watch would match")
@common.columns_options
@common.json_option
def check(
    watches: str,
    against: str | None,
    mapping: tuple[str, ...],
    constants: tuple[str, ...],
    as_json: bool,
) -> None:
    """Validate a watches file and say in words what it means; exit 2 when it is wrong."""
    config = configured.watches_of(Settings(watches=watches))
    found = None
    if against is not None:
        found = _against(config, against, common.columns_of(mapping, constants))
    if as_json:
        click.echo(orjson.dumps(_as_json(config, found)))
        return
    click.echo(_verdict(watches, config))
    for watch in config.watches:
        for line in _explain(watch, config):
            click.echo(line)
        if found is not None:
            matched, examples = found[watch.name]
            would, such_as = _MATCHED[config.language]
            said = TONGUES[config.language].number(matched)
            click.echo(f"    {would} {said}" + (f", {such_as} {', '.join(examples)}" if examples else ""))
    if config.watches:
        click.echo("\n" + _expected(config))
    if found is not None:
        read, malformed = found[""]
        number = TONGUES[config.language].number
        click.echo(_READ[config.language].format(number(read), number(len(malformed))))
        for line in malformed[:EXAMPLES]:
            click.echo(f"    {line}")


def _verdict(path: str, config: Watches) -> str:
    count = len(config.watches)
    if config.language == "fr":
        s = "" if count == 1 else "s"
        return f"{path} est correct : {count} veille{s}, configuration {config.config_hash}"
    return f"{path} is right: {count} watch{'' if count == 1 else 'es'}, configuration {config.config_hash}"


def _expected(config: Watches) -> str:
    """What the sensitivities come to, so that nobody with many watches is surprised by their sum."""
    mark = "," if config.language == "fr" else "."
    own = [watch.sensitivity for watch in config.watches]
    said = {
        name + kind: f"{count:.0f}" if count >= 10 else f"{count:.1f}".replace(".", mark)
        for name, sensitivities in (("own", own), ("least", [Sensitivity.FEWER] * len(own)))
        for kind, of_one in (("", FALSE_A_MONTH), ("_warnings", WARNINGS_A_MONTH))
        for count in (a_month(of_one, sensitivities),)
    }
    return _EXPECTED[config.language].format(**said)


def _explain(watch: Watch, config: Watches) -> Iterator[str]:
    french = config.language == "fr"
    yield f"\n{watch.name}: {watch.label}"
    yield f"    {watch.parsed.explain(config.language)}"
    sensitivity = {"fewer": "peu d'alertes", "balanced": "équilibrée", "more": "plus d'alertes"}
    yield (
        f"    sensibilité : {sensitivity[watch.sensitivity]}"
        if french
        else f"    sensitivity: {watch.sensitivity}"
    )
    if watch.shadow is not None:
        yield (
            f"    dans l'ombre, sans prévenir personne : {sensitivity[watch.shadow]}"
            if french
            else f"    in the shadow, telling nobody: {watch.shadow}"
        )
    if config.connectors.x is not None:
        yield from _asked_of_x(watch, config)
    words = watch.misinformation
    for label_fr, label_en, values in (
        ("un seul message suffit", "one post is enough", watch.urgent),
        ("comptes dont la parole pèse", "accounts whose word weighs", watch.vip),
        ("lexiques", "lexicons", words.lexicons),
        ("à vérifier", "worth a look", words.phrases),
        ("démentis connus", "known claims", tuple(claim.id for claim in words.known_claims)),
        ("prévenus", "told", watch.notify),
    ):
        if values:
            yield (
                f"    {label_fr} : {', '.join(values)}" if french else f"    {label_en}: {', '.join(values)}"
            )


def _asked_of_x(watch: Watch, config: Watches) -> Iterator[str]:
    """X alone filters before it sends: what it is asked, what is filtered here, what it cannot be asked."""
    section = config.connectors.x
    assert section is not None
    translation = translate_all(
        {each.name: each.parsed for each in config.watches},
        max_chars=section.max_rule_chars,
        max_rules=section.max_rules,
    )[watch.name]
    french = config.language == "fr"
    mark = " :" if french else ":"
    for rule in translation.rules:
        yield f"    x{mark} {rule.value}"
    if translation.here:
        label = "x, filtré ici" if french else "x, filtered here"
        yield f"    {label}{mark} {', '.join(translation.here)}"
    if translation.unheard:
        label = "x, ne peut pas être demandé" if french else "x, cannot be asked"
        yield f"    {label}{mark} {'; '.join(note.said(config.language) for note in translation.unheard)}"


def _against(config: Watches, path: str, columns: Columns) -> dict[str, tuple[int, list[str]]]:
    """Watch name -> (matches, example ids); the empty name -> (posts read, what could not be)."""
    pseudonymiser = Pseudonymiser(b"only for looking, kept nowhere..")
    # What matches does not depend on the mood: the cheapest engine will do.
    enricher = build_enricher(config, pseudonymiser, sentiment="vader")
    found: dict[str, tuple[int, list[str]]] = {watch.name: (0, []) for watch in config.watches}
    items = read_file(path, now=common.now(), columns=columns)
    read, malformed = 0, list[str]()
    for batch in chunks(items, BATCH):
        mentions: list[Mention] = []
        for item in batch:
            if isinstance(item, Mention):
                mentions.append(pseudonymiser.mention(item))
            elif isinstance(item, Malformed):
                malformed.append(f"{Path(path).name} {item.position}: {item.reason}")
        read += len(mentions)
        for enriched in enricher.enrich(mentions):
            for watch in () if enriched is None else enriched.watches:
                assert isinstance(enriched, Enriched)
                matched, examples = found[watch]
                if len(examples) < EXAMPLES:
                    examples.append(enriched.mention.id)
                found[watch] = (matched + 1, examples)
    return found | {"": (read, malformed)}


def _as_json(config: Watches, found: dict[str, tuple[int, list[str]]] | None) -> dict[str, Any]:
    own = [watch.sensitivity for watch in config.watches]
    out: dict[str, Any] = {
        "config_hash": config.config_hash,
        "false_a_month": round(a_month(FALSE_A_MONTH, own), 1),
        "false_warnings_a_month": round(a_month(WARNINGS_A_MONTH, own), 1),
        "watches": [
            {
                "name": watch.name,
                "query": str(watch.parsed),
                "explained": watch.parsed.explain(config.language),
                **(
                    {}
                    if found is None
                    else {"matches": found[watch.name][0], "examples": found[watch.name][1]}
                ),
            }
            for watch in config.watches
        ],
    }
    if found is not None:
        out["read"], out["malformed"] = found[""][0], found[""][1]
    return out
