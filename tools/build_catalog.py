"""Turns ESI's OpenAPI document into the tables that pyesi ships.

Two files, named for the compatibility date that the document describes:

- ``esi-<date>.json``: one operation a line, what a client must know to ask.
- ``answers-<date>.json``: the shapes of answers and of JSON bodies.

Only facts are taken over: no description, summary, title or example. A fact that
is absent from a line has its default (false, none, empty).

    python tools/build_catalog.py OPENAPI.json src/pyesi/catalog
    python tools/build_catalog.py --check OPENAPI.json src/pyesi/catalog
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

Node = dict[str, Any]

METHODS = ("get", "post", "put", "delete")

# The parameters that walk backwards by id, and the field of a row that the next
# request starts from (None: the row is the id). CCP's documents name neither.
FROM_ID = {
    "from_id": "transaction_id",
    "from_event": "event_id",
    "last_mail_id": "mail_id",
    "max_war_id": None,
}

# The field by which a row of a listing is known. CCP's documents do not name it. Left
# out: a listing whose rows no single field tells apart (a mining ledger, a log), and
# one of bare ids.
ROW_KEYS = {
    "GetAlliancesAllianceIdContacts": "contact_id",
    "GetCharactersCharacterIdAssets": "item_id",
    "GetCharactersCharacterIdBlueprints": "item_id",
    "GetCharactersCharacterIdCalendar": "event_id",
    "GetCharactersCharacterIdContacts": "contact_id",
    "GetCharactersCharacterIdContracts": "contract_id",
    "GetCharactersCharacterIdKillmailsRecent": "killmail_id",
    "GetCharactersCharacterIdMail": "mail_id",
    "GetCharactersCharacterIdOrdersHistory": "order_id",
    "GetCharactersCharacterIdWalletJournal": "id",
    "GetCharactersCharacterIdWalletTransactions": "transaction_id",
    "GetCharactersMilitaryCampaignsObjectivesListing": "id",
    "GetCharactersParagonHubSkinr": "id",
    "GetContractsPublicBidsContractId": "bid_id",
    "GetContractsPublicItemsContractId": "record_id",
    "GetContractsPublicRegionId": "contract_id",
    "GetCorporationCorporationIdMiningObservers": "observer_id",
    "GetCorporationsCorporationIdAssets": "item_id",
    "GetCorporationsCorporationIdBlueprints": "item_id",
    "GetCorporationsCorporationIdContacts": "contact_id",
    "GetCorporationsCorporationIdContracts": "contract_id",
    "GetCorporationsCorporationIdContractsContractIdBids": "bid_id",
    "GetCorporationsCorporationIdCustomsOffices": "office_id",
    "GetCorporationsCorporationIdIndustryJobs": "job_id",
    "GetCorporationsCorporationIdKillmailsRecent": "killmail_id",
    "GetCorporationsCorporationIdMedals": "medal_id",
    "GetCorporationsCorporationIdOrders": "order_id",
    "GetCorporationsCorporationIdOrdersHistory": "order_id",
    "GetCorporationsCorporationIdShareholders": "shareholder_id",
    "GetCorporationsCorporationIdStandings": "from_id",
    "GetCorporationsCorporationIdStarbases": "starbase_id",
    "GetCorporationsCorporationIdStructures": "structure_id",
    "GetCorporationsCorporationIdWalletsDivisionJournal": "id",
    "GetCorporationsCorporationIdWalletsDivisionTransactions": "transaction_id",
    "GetCorporationsFreelanceJobsListing": "id",
    "GetCorporationsFreelanceJobsParticipants": "id",
    "GetCorporationsProjectsContributors": "id",
    "GetCorporationsProjectsListing": "id",
    "GetFreelanceJobsListing": "id",
    "GetMarketsRegionIdOrders": "order_id",
    "GetMarketsStructuresStructureId": "order_id",
    "GetMilitaryCampaignsObjectivesListing": "id",
    "GetParagonHubSkinr": "id",
    "GetParagonHubSkinrAlliances": "id",
    "GetParagonHubSkinrCharacters": "id",
    "GetParagonHubSkinrCorporations": "id",
    "GetWarsWarIdKillmails": "killmail_id",
}

# "This route expires daily at 11:05" is said in prose alone.
DAILY = re.compile(r"expires daily at 11:05")

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

# OpenAPI's word → ours, for what bounds a value.
BOUNDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_items",
    "maxItems": "max_items",
    "uniqueItems": "unique",
    "default": "default",
}


def without_absent(facts: Node) -> Node:
    """Leave out what says nothing."""
    return {
        k: v for k, v in facts.items() if v is not None and v is not False and v != []
    }


def in_seconds(window: str) -> int:
    """Read a length such as ``15m``."""
    return int(window[:-1]) * SECONDS[window[-1]]


class Document:
    """An OpenAPI document, 3.0 or 3.1, whose references can be followed."""

    def __init__(self, root: Node) -> None:
        self.root = root

    def resolve(self, node: Node) -> Node:
        """Follow references until there is none."""
        while "$ref" in node:
            found: Any = self.root
            for key in node["$ref"].removeprefix("#/").split("/"):
                found = found[key]
            node = found
        return node

    def date(self) -> str:
        """The compatibility date that the document describes."""
        version: str = self.root["info"]["version"]
        return version

    def operations(self) -> list[tuple[str, str, Node]]:
        """Method, path and description of each, in the order of the paths."""
        return [
            (method.upper(), path, item[method])
            for path, item in sorted(self.root["paths"].items())
            for method in METHODS
            if method in item
        ]

    def success(self, operation: Node) -> dict[int, Node]:
        """Each declared status below 400 with its response."""
        return {
            int(status): self.resolve(response)
            for status, response in operation["responses"].items()
            if status != "default" and int(status) < 400
        }

    def answer_schema(self, operation: Node) -> Node | None:
        """The schema of the JSON that a successful answer carries."""
        for response in self.success(operation).values():
            content = response.get("content", {}).get("application/json")
            if content:
                schema: Node = content["schema"]
                return schema
        return None

    def body_schema(self, operation: Node) -> Node | None:
        """The schema of the JSON that the request carries."""
        if "requestBody" not in operation:
            return None
        body = self.resolve(operation["requestBody"])
        schema: Node = body["content"]["application/json"]["schema"]
        return schema


def type_of(schema: Node) -> tuple[str | None, bool]:
    """The type, and whether null is allowed beside it (3.0's and 3.1's way)."""
    named = schema.get("type")
    if isinstance(named, list):
        return next(t for t in named if t != "null"), "null" in named
    return named, bool(schema.get("nullable"))


def bounds_of(schema: Node) -> Node:
    """What bounds a value, in our words."""
    return {ours: schema[theirs] for theirs, ours in BOUNDS.items() if theirs in schema}


def parameter_facts(document: Document, node: Node) -> Node:
    """One line of a parameter. A list's `enum` and `format` are its items'."""
    schema = document.resolve(node["schema"])
    kind, _ = type_of(schema)
    item = document.resolve(schema["items"]) if kind == "array" else schema
    in_query = node["in"] == "query"
    return without_absent(
        {
            "name": node["name"],
            "location": node["in"],
            "type": kind,
            "items": type_of(item)[0] if kind == "array" else None,
            "format": item.get("format"),
            "required": node.get("required", False),
            "enum": item.get("enum"),
            # OpenAPI's default for explode: true for a query, false for a path.
            "explode": in_query and node.get("explode", True),
        }
    ) | bounds_of(schema)


def parameters_of(document: Document, path: str, operation: Node) -> list[Node]:
    """Path parameters in the path's order, then the query's by name.

    Headers are left out: the client sets the few that ESI has on its own account.
    """
    nodes = [document.resolve(p) for p in operation.get("parameters", [])]
    nodes += [
        document.resolve(p) for p in document.root["paths"][path].get("parameters", [])
    ]
    in_path = [n for n in nodes if n["in"] == "path"]
    in_query = [n for n in nodes if n["in"] == "query"]
    in_path.sort(key=lambda n: path.index("{" + n["name"] + "}"))
    in_query.sort(key=lambda n: str(n["name"]))
    return [parameter_facts(document, n) for n in in_path + in_query]


def body_facts(document: Document, operation: Node) -> Node | None:
    """What the JSON body must be, as far as one line can say."""
    schema = document.body_schema(operation)
    if schema is None:
        return None
    schema = document.resolve(schema)
    kind, _ = type_of(schema)
    items = document.resolve(schema["items"]) if kind == "array" else {}
    required = document.resolve(operation["requestBody"]).get("required", False)
    facts = {"type": kind, "items": type_of(items)[0], "required": required}
    return without_absent(facts) | bounds_of(schema)


def cursor_rows(document: Document, operation: Node) -> str:
    """The field of a cursor route's answer that holds its rows."""
    schema = document.resolve(document.answer_schema(operation) or {})
    fields = schema["properties"].items()
    (rows,) = (
        name for name, field in fields if document.resolve(field).get("type") == "array"
    )
    return str(rows)


def row_schema(document: Document, operation: Node, rows: str | None) -> Node:
    """The schema of one row of a listing; `rows` is the field that holds them."""
    schema = document.resolve(document.answer_schema(operation) or {})
    if rows is not None:
        schema = document.resolve(schema["properties"][rows])
    return document.resolve(schema["items"])


def row_key_of(document: Document, operation: Node, rows: str | None) -> str | None:
    """The field by which a row is known, which must be one of the rows' fields."""
    key = ROW_KEYS.get(operation["operationId"])
    if key is None:
        return None
    fields = row_schema(document, operation, rows).get("properties", {})
    if key not in fields:
        name = operation["operationId"]
        message = f"{name}: its rows have no field {key}; ROW_KEYS is out of date"
        raise SystemExit(message)
    return key


def pagination_facts(document: Document, operation: Node, names: list[str]) -> Node:
    """How pages are turned, where rows lie, and by which field a row is known."""
    facts = turning_facts(document, operation, names)
    if not facts:
        return {}
    return facts | {"row_key": row_key_of(document, operation, facts.get("rows"))}


def turning_facts(document: Document, operation: Node, names: list[str]) -> Node:
    """The kind of pagination, the parameter that turns pages, and where rows lie."""
    headers = [
        h for r in document.success(operation).values() for h in r.get("headers", {})
    ]
    if operation.get("x-pagination") == "cursor":
        return {"pagination": "cursor", "rows": cursor_rows(document, operation)}
    if "X-Pages" in headers:
        return {"pagination": "x-pages", "page_parameter": "page"}
    for name in names:
        if name in FROM_ID:
            facts = {"page_parameter": name, "page_field": FROM_ID[name]}
            return without_absent({"pagination": "from-id"} | facts)
    return {}


def rate_limit_facts(operation: Node) -> Node:
    """The rate limit group that the operation spends from."""
    limit = operation.get("x-rate-limit")
    if limit is None:
        return {}
    return {
        "rate_limit_group": limit["group"],
        "rate_limit_tokens": limit["max-tokens"],
        "rate_limit_window": in_seconds(limit["window-size"]),
    }


def cache_facts(operation: Node) -> Node:
    """How long an answer may be reused, and what ends its life."""
    seconds = operation.get("x-client-cache-ttl", operation.get("x-cache-age"))
    return {
        "cache_seconds": seconds,
        "cache_mode": operation.get(
            "x-server-cache-mode", operation.get("x-cache-mode")
        ),
        "expires_daily": bool(DAILY.search(operation.get("description", ""))),
    }


def operation_facts(
    document: Document, method: str, path: str, operation: Node
) -> Node:
    """Everything that one line of the operations table says."""
    parameters = parameters_of(document, path, operation)
    names = [p["name"] for p in parameters if p["location"] == "query"]
    security = operation.get("security", [])
    responses = document.success(operation).values()
    return without_absent(
        {
            "method": method,
            "path": path,
            "operation_id": operation["operationId"],
            "since": operation["x-compatibility-date"],
            "parameters": parameters,
            "body": body_facts(document, operation),
            "success": sorted(document.success(operation)),
        }
        | cache_facts(operation)
        | rate_limit_facts(operation)
        | pagination_facts(document, operation, names)
        | {
            "scopes": sorted(
                {s for entry in security for ss in entry.values() for s in ss}
            ),
            "roles": operation.get("x-required-roles", []),
            "secured": bool(security),
            "localised": any(
                "Content-Language" in r.get("headers", {}) for r in responses
            ),
        }
    )


def schema_facts(schema: Node) -> Node:
    """A schema in our words; shared ones stay references, by their bare name."""
    if "$ref" in schema:
        return {"ref": schema["$ref"].rsplit("/", 1)[-1]}
    kind, nullable = type_of(schema)
    fields = schema.get("properties")
    extra = schema.get("additionalProperties")
    variants = schema.get("oneOf", [])
    return without_absent(
        {
            "type": kind,
            "format": schema.get("format"),
            "nullable": nullable,
            "enum": schema.get("enum"),
            "items": schema_facts(schema["items"]) if "items" in schema else None,
            "properties": {k: schema_facts(v) for k, v in fields.items()}
            if fields
            else None,
            "required": schema.get("required"),
            "extra": schema_facts(extra) if isinstance(extra, dict) else None,
            "one_of": [schema_facts(v) for v in variants],
        }
    ) | bounds_of(schema)


def references_in(facts: Any) -> set[str]:
    """The names of all shared schemas that `facts` leans on directly."""
    if isinstance(facts, list):
        return {name for v in facts for name in references_in(v)}
    if not isinstance(facts, dict):
        return set()
    own = {facts["ref"]} if isinstance(facts.get("ref"), str) else set()
    return own | {name for v in facts.values() for name in references_in(v)}


def shared_schemas(document: Document, used: list[Node]) -> dict[str, Node]:
    """All shared schemas that are reached from `used`, by name."""
    shared: dict[str, Node] = {}
    waiting = references_in(used)
    while waiting:
        name = waiting.pop()
        shared[name] = schema_facts(document.root["components"]["schemas"][name])
        waiting |= references_in(shared[name]) - shared.keys()
    return dict(sorted(shared.items()))


def one_per_line(table: dict[str, Any]) -> str:
    """JSON whose second level has a line for each entry, so that diffs are read."""

    def compact(value: Any) -> str:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    def block(value: Any) -> str:
        if isinstance(value, list):
            return "[\n" + ",\n".join(compact(v) for v in value) + "\n]"
        if isinstance(value, dict):
            lines = (f"{compact(k)}:{compact(v)}" for k, v in value.items())
            return "{\n" + ",\n".join(lines) + "\n}"
        return compact(value)

    entries = (f"{compact(k)}:{block(v)}" for k, v in table.items())
    return "{\n" + ",\n".join(entries) + "\n}\n"


def build(root: Node) -> dict[str, str]:
    """Both tables as text, by file name."""
    document = Document(root)
    operations = document.operations()
    answers = {
        operation["operationId"]: schema_facts(schema)
        for _, _, operation in operations
        if (schema := document.answer_schema(operation)) is not None
    }
    bodies = {
        operation["operationId"]: schema_facts(schema)
        for _, _, operation in operations
        if (schema := document.body_schema(operation)) is not None
    }
    date = document.date()
    lines = [operation_facts(document, *operation) for operation in operations]
    shapes = {
        "answers": answers,
        "bodies": bodies,
        "schemas": shared_schemas(document, [*answers.values(), *bodies.values()]),
    }
    return {
        f"esi-{date}.json": one_per_line(
            {"compatibility_date": date, "operations": lines}
        ),
        f"answers-{date}.json": one_per_line({"compatibility_date": date} | shapes),
    }


def differing(tables: dict[str, str], folder: Path) -> list[str]:
    """The names of the shipped tables that are not what would be built."""
    return [
        name
        for name, text in tables.items()
        if not (folder / name).is_file() or (folder / name).read_text("utf-8") != text
    ]


def main(arguments: list[str] | None = None) -> int:
    """Build the tables, or with ``--check`` compare; 1 if they differ."""
    parser = argparse.ArgumentParser(description="Build pyesi's catalog tables.")
    parser.add_argument("openapi", type=Path, help="ESI's OpenAPI document, as JSON")
    parser.add_argument("folder", type=Path, help="where the tables lie")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    asked = parser.parse_args(arguments)
    tables = build(json.loads(asked.openapi.read_text("utf-8")))
    stale = differing(tables, asked.folder)
    if asked.check:
        sys.stderr.writelines(
            f"{asked.folder / name} is not what the document gives\n" for name in stale
        )
        return 1 if stale else 0
    for name in stale:
        (asked.folder / name).write_text(tables[name], "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
