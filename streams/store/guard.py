"""What a person may ask: one statement that reads the store, and nothing beside the store.

ClickHouse's own `readonly = 1` refuses writes and settings, and leaves doors open: the function
`file('/path')` returns a file's content, so does an unknown table of that name, `INTO OUTFILE` writes
one, `KILL QUERY` works, and in process several statements in one string are all executed. So a query
is parsed first, by ClickHouse itself and without being run, and its parts are checked:

- the statement, by what is allowed: SELECT, SHOW, DESCRIBE, EXISTS, EXPLAIN;
- tables, by what is allowed: the store's own, harmless system tables; table functions likewise;
- functions, by what is forbidden, wherever the name stands: `arrayMap(file, ...)` calls it as well.

Knows no database: `check` takes the parser, so that every door (command line, HTTP) has the same lock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NoReturn

from streams.store.errors import QueryFailed, QueryRefused

EXPLAIN: Final = "EXPLAIN AST "
_SEVERAL: Final = "Multi-statements are not allowed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A query after ClickHouse's parser: `text` as its formatter writes it, `tree` as EXPLAIN AST does."""

    text: str
    tree: str


# Parses and does not run; raises QueryFailed for a syntax error and for a second statement.
Parser = Callable[[str], Parsed]

_STATEMENTS: Final = frozenset(
    {
        "SelectWithUnionQuery",
        "SelectIntersectExceptQuery",
        "DescribeQuery",
        "ExistsTableQuery",
        "ExistsViewQuery",
        "ExistsDatabaseQuery",
        "ShowTables",
        "ShowColumns",
        "ShowIndexes",
        "ShowFunctions",
        "ShowSetting",
        "ShowCreateTableQuery",
        "ShowCreateViewQuery",
        "Explain",
    }
)

_INSIDE: Final = frozenset({"SelectQuery", "TablesInSelectQuery"})

_TABLE_FUNCTIONS: Final = frozenset(
    {
        "numbers",
        "numbers_mt",
        "zeros",
        "zeros_mt",
        "generateseries",
        "generate_series",
        "values",
        "view",
        "viewexplain",
        "null",
    }
)

# What clients ask to find their way; nothing that shows a user, another's query, or a secret.
_SYSTEM_TABLES: Final = frozenset(
    {
        "aggregate_function_combinators",
        "build_options",
        "collations",
        "columns",
        "contributors",
        "data_skipping_indices",
        "data_type_families",
        "databases",
        "documentation",
        "formats",
        "functions",
        "keywords",
        "licenses",
        "merge_tree_settings",
        "numbers",
        "numbers_mt",
        "one",
        "parts",
        "parts_columns",
        "settings",
        "table_engines",
        "table_functions",
        "tables",
        "time_zones",
        "zeros",
        "zeros_mt",
    }
)
# What was retracted lies there until a merge has removed it; the views over it are open.
_RAW_POSTS: Final = "mentions_raw"
# Functions of one argument or more that read files, speak to the network or wait. Wherever the name
# stands it is refused: `arrayMap(file, ...)` calls it without brackets.
_FUNCTIONS_ANYWHERE: Final = frozenset(
    {
        "catboostevaluate",
        "evalmlmethod",
        "file",
        "getclienthttpheader",
        "getmacro",
        "getserversetting",
        "hascolumnintable",
        "joinget",
        "joingetornull",
        "logtrace",
        "reversednsquery",
        "sleep",
        "sleepeachrow",
    }
)
# Functions that tell of the machine and its users. Called they are refused; a column may have the name.
_FUNCTIONS_CALLED: Final = frozenset(
    {
        "authenticateduser",
        "authuser",
        "buildid",
        "currenthandler",
        "currentprofiles",
        "currentrequesturl",
        "currentroles",
        "defaultprofiles",
        "defaultroles",
        "demangle",
        "enabledprofiles",
        "enabledroles",
        "filesystemavailable",
        "filesystemcapacity",
        "filesystemunreserved",
        "fqdn",
        "fullhostname",
        "getoskernelversion",
        "getserverport",
        "globalvariable",
        "hasthreadfuzzer",
        "hostname",
        "serveruuid",
        "showcertificate",
        "tcpport",
        "tid",
        "zookeepersessionuptime",
    }
)
# Whole families: symbols of the binary, language models over the network, dictionaries with their files,
# internals.
_FAMILIES_CALLED = re.compile(r"(addressTo|ai[A-Z_]|dict[A-Z]|naiveBayesC|region[A-Z]|__)")
# Table functions that reach out of the store, or read what the store's own views hide. Those in sight are
# refused by not being in the list above; these names are looked for in places that the tree leaves out.
_TABLE_FUNCTIONS_OUTSIDE = re.compile(
    r"(arrowstream|azureblobstorage|bigquery|cluster|cosn|deltalake|dictionary|eval|executable|file|fuzz|gcs"
    r"|hdfs|hive|hudi|iceberg|input|jdbc|loop|merge|mongodb|mysql|odbc|oss|paimon|postgresql|prometheusquery"
    r"|python|redis|remote|s3|sqlite|url|ytsaurus)"
    r"(allreplicas|azure|cluster|hdfs|json|local|query|range|s3|secure|tree\w+|system)*\Z",
    re.IGNORECASE,
)
_LISTS: Final = frozenset({"ShowTables", "ShowColumns", "ShowIndexes", "ShowFunctions", "ShowSetting"})

_TOKEN = re.compile(
    r"""
      (?P<text>'(?:[^'\\]|\\.|'')*')
    | `(?P<back>(?:[^`\\]|\\.|``)*)`
    | "(?P<double>(?:[^"\\]|\\.|"")*)"
    | (?P<word>[A-Za-z_][A-Za-z0-9_$]*)
    | (?P<space>\s+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_NODE = re.compile(r"(?P<depth> *)(?P<kind>[A-Za-z:]+)(?P<rest>[^\n]*)")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_CHILDREN = re.compile(r"( \(alias .*\))?( \(children \d+\))?\Z")


def check(sql: str, parse: Parser, *, closed: frozenset[str] = frozenset()) -> None:
    """Return where the query may run; `closed` are databases that are none of the store's.

    Raises:
        QueryRefused: it does more than read the store; the message says what.
        QueryFailed: it is no query.
    """
    if "\0" in sql:
        _refuse("a query has no NUL bytes")
    if not sql.strip().rstrip(";").strip():
        _refuse("there is no query")
    try:
        parsed = parse(sql)
    except QueryFailed as error:
        if _SEVERAL in str(error):
            _refuse("one statement at a time")
        raise
    statement = _check_tree(parsed.tree, closed)
    if statement in _LISTS and "(" in parsed.text:
        _refuse("SHOW takes LIKE, and no expression")
    _check_names(parsed.text)


def _check_tree(tree: str, closed: frozenset[str]) -> str:
    """Returns the kind of statement."""
    nodes = [
        (len(node["depth"]), node["kind"], _CHILDREN.sub("", node["rest"]).strip())
        for node in _NODE.finditer(tree)
    ]
    if not nodes or nodes[0][1] not in _STATEMENTS:
        _refuse("one SELECT, SHOW, DESCRIBE, EXISTS or EXPLAIN is allowed")
    parents: list[str] = []
    for depth, kind, name in nodes:
        del parents[depth:]
        parent = parents[-1] if parents else ""
        parents.append(kind)
        if kind.endswith("Query") and kind not in _STATEMENTS and kind not in _INSIDE:
            _refuse(f"{kind} is not allowed")
        if kind == "Literal" and parent in _STATEMENTS:
            _refuse("INTO OUTFILE writes a file")
        if kind == "Set" and parent != "Explain":
            _refuse("SETTINGS are fixed")
        if kind == "ColumnsApplyTransformer":
            _refuse("APPLY hides which function it calls: write the function out")
        if kind == "Function" and parent == "TableExpression" and name.lower() not in _TABLE_FUNCTIONS:
            _refuse(f"the table function {name} is not allowed")
        if kind == "TableIdentifier":
            _check_table(name, closed)
        # What stands right of IN is a table as well, and looks like a column here.
        if kind == "Identifier" and name.rpartition(".")[2] == _RAW_POSTS:
            _check_table(name, closed)
        if kind == "Identifier" and name.partition(".")[0].lower() in {"system", *closed} and "." in name:
            _check_table(".".join(name.split(".")[:2]), closed)
    return nodes[0][1]


def _check_table(name: str, closed: frozenset[str]) -> None:
    database, _, table = name.rpartition(".")
    if database.lower() == "system":
        if table.lower() not in _SYSTEM_TABLES:
            _refuse(f"the table {name} is not open to queries")
    elif table == _RAW_POSTS:
        _refuse(f"{table} is not open to queries: ask the view mentions")
    elif database in closed or not all(map(_PLAIN_NAME.match, name.split("."))):
        _refuse(f"{name!r} is no table of this store")


def _check_names(text: str) -> None:
    """Over the formatted text, in which everything stands that the tree leaves out."""
    before = ""
    for word, following in pairwise([*_words(text), ""]):
        name = word.lower()
        called = following == "("
        if name == "outfile" and before.lower() == "into":
            _refuse("INTO OUTFILE writes a file")
        if name in _FUNCTIONS_ANYWHERE:
            _refuse(f"{word} is the name of a function that reaches out of the store")
        if called and (
            name in _FUNCTIONS_CALLED
            or _FAMILIES_CALLED.match(word)
            or (before.lower() != "as" and _TABLE_FUNCTIONS_OUTSIDE.match(word))
        ):
            _refuse(f"the function {word} is not allowed")
        before = word


def _words(text: str) -> Iterator[str]:
    """Names and signs in their order, without literals; a name in quotes counts as a name."""
    for token in _TOKEN.finditer(text):
        if token.lastgroup not in ("text", "space"):
            yield token[token.lastgroup or 0]


def _refuse(what: str) -> NoReturn:
    raise QueryRefused(f"refused, a query may only read the store: {what}")
