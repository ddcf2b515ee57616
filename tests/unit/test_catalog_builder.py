"""The tool that builds the tables, on a small document of our own."""

from __future__ import annotations

import copy
import importlib.util
import json
from pathlib import Path

import pytest

from pyesi import catalog

TOOL = Path(__file__).parents[2] / "tools" / "build_catalog.py"

HEADER = {"in": "header", "name": "If-None-Match", "schema": {"type": "string"}}

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "A server", "version": "2031-02-03"},
    "paths": {
        "/towns/{town_id}/streets/{street}": {
            "get": {
                "operationId": "GetStreets",
                "summary": "Some prose",
                "description": "More prose. This route expires daily at 11:05",
                "parameters": [
                    {"$ref": "#/components/parameters/Tag"},
                    {
                        "in": "query",
                        "name": "kinds",
                        "required": True,
                        "schema": {
                            "type": "array",
                            "items": {"type": "string", "enum": ["lane", "alley"]},
                            "minItems": 1,
                            "maxItems": 2,
                            "uniqueItems": True,
                        },
                    },
                    {
                        "in": "query",
                        "name": "dry",
                        "required": True,
                        "schema": {"type": "boolean", "default": False},
                    },
                    {
                        "in": "path",
                        "name": "street",
                        "required": True,
                        "schema": {"type": "string", "minLength": 2},
                    },
                    {
                        "in": "path",
                        "name": "town_id",
                        "required": True,
                        "schema": {"$ref": "#/components/schemas/TownID"},
                    },
                    {
                        "in": "query",
                        "name": "page",
                        "explode": False,
                        "schema": {"type": "integer", "format": "int32", "minimum": 0},
                    },
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Streets"}
                            }
                        },
                        "headers": {"X-Pages": {}, "Content-Language": {}},
                    },
                    "default": {
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Unused"}
                            }
                        }
                    },
                },
                "security": [{"OAuth2": ["read", "look"]}],
                "x-client-cache-ttl": 60,
                "x-cache-mode": "event-based",
                "x-compatibility-date": "2030-01-01",
                "x-rate-limit": {
                    "group": "towns",
                    "max-tokens": 10,
                    "window-size": "2h",
                },
                "x-required-roles": ["Mayor"],
            },
            "delete": {
                "operationId": "DeleteStreets",
                "parameters": [],
                "responses": {"204": {"description": "Gone"}},
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "array",
                                "items": {"type": "integer"},
                                "maxItems": 3,
                                "uniqueItems": True,
                            }
                        }
                    },
                },
                "x-compatibility-date": "2020-01-01",
            },
        },
        "/log": {
            "get": {
                "operationId": "GetLog",
                "parameters": [
                    HEADER,
                    {
                        "in": "query",
                        "name": "max_war_id",
                        "schema": {"type": "integer"},
                    },
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"type": "integer"},
                                }
                            }
                        }
                    }
                },
                "x-compatibility-date": "2020-01-01",
            }
        },
        "/feed": {
            "get": {
                "operationId": "GetFeed",
                "parameters": [],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Feed"}
                            }
                        }
                    }
                },
                "x-compatibility-date": "2020-01-01",
                "x-pagination": "cursor",
            }
        },
    },
    "components": {
        "parameters": {"Tag": HEADER},
        "schemas": {
            "TownID": {"type": "integer", "format": "int64", "example": 7},
            "Streets": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Street"},
            },
            "Street": {
                "type": "object",
                "title": "A street",
                "required": ["town"],
                "properties": {
                    "town": {"$ref": "#/components/schemas/TownID"},
                    "length": {"type": ["number", "null"], "minimum": 0},
                    "name": {
                        "type": "string",
                        "nullable": True,
                        "description": "Prose",
                    },
                    "state": {"oneOf": [{"$ref": "#/components/schemas/TownID"}]},
                    "notes": {
                        "type": "object",
                        "additionalProperties": {"type": "string"},
                    },
                },
            },
            "Feed": {
                "type": "object",
                "properties": {
                    "cursor": {"type": "object"},
                    "entries": {"type": "array", "items": {"type": "string"}},
                },
            },
            "Unused": {"type": "object"},
        },
    },
}


@pytest.fixture(scope="module")
def tool():
    """The tool as a module, wherever the tests run from."""
    spec = importlib.util.spec_from_file_location("build_catalog", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tables(tool):
    """Both tables of the document, decoded."""
    texts = tool.build(DOCUMENT)
    assert sorted(texts) == ["answers-2031-02-03.json", "esi-2031-02-03.json"]
    return [json.loads(texts[name]) for name in sorted(texts)]


@pytest.fixture(scope="module")
def lines(tables):
    """The operations table by operation id."""
    return {line["operation_id"]: line for line in tables[1]["operations"]}


def test_takes_the_facts_of_an_operation(lines):
    """Every fact is found, and headers are left out."""
    line = lines["GetStreets"]
    parameters = line.pop("parameters")

    assert line == {
        "method": "GET",
        "path": "/towns/{town_id}/streets/{street}",
        "operation_id": "GetStreets",
        "since": "2030-01-01",
        "success": [200],
        "cache_seconds": 60,
        "cache_mode": "event-based",
        "expires_daily": True,
        "rate_limit_group": "towns",
        "rate_limit_tokens": 10,
        "rate_limit_window": 7200,
        "pagination": "x-pages",
        "page_parameter": "page",
        "scopes": ["look", "read"],
        "roles": ["Mayor"],
        "secured": True,
        "localised": True,
    }
    assert [p["name"] for p in parameters] == [
        "town_id",
        "street",
        "dry",
        "kinds",
        "page",
    ]


def test_takes_the_facts_of_parameters(tool):
    """References are followed; a list's enum is its items'; a false default stays."""
    line = next(
        json.loads(row.rstrip(","))
        for row in tool.build(DOCUMENT)["esi-2031-02-03.json"].splitlines()
        if '"GetStreets"' in row
    )
    by_name = {p.pop("name"): p for p in line["parameters"]}

    assert by_name == {
        "town_id": {
            "location": "path",
            "type": "integer",
            "format": "int64",
            "required": True,
        },
        "street": {
            "location": "path",
            "type": "string",
            "required": True,
            "min_length": 2,
        },
        "dry": {
            "location": "query",
            "type": "boolean",
            "required": True,
            "explode": True,
            "default": False,
        },
        "kinds": {
            "location": "query",
            "type": "array",
            "items": "string",
            "required": True,
            "enum": ["lane", "alley"],
            "explode": True,
            "min_items": 1,
            "max_items": 2,
            "unique": True,
        },
        "page": {
            "location": "query",
            "type": "integer",
            "format": "int32",
            "minimum": 0,
        },
    }


def test_takes_the_facts_of_a_body(lines):
    """What a JSON body must be stands in the operation's line."""
    assert lines["DeleteStreets"]["body"] == {
        "type": "array",
        "items": "integer",
        "required": True,
        "max_items": 3,
        "unique": True,
    }


def test_tells_how_pages_are_turned(lines):
    """Cursor and from-id routes say where rows lie and which parameter walks."""
    assert (lines["GetFeed"]["pagination"], lines["GetFeed"]["rows"]) == (
        "cursor",
        "entries",
    )
    assert lines["GetLog"]["pagination"] == "from-id"
    assert lines["GetLog"]["page_parameter"] == "max_war_id"
    assert "page_field" not in lines["GetLog"]


def test_says_by_which_field_a_row_is_known(tool, monkeypatch):
    """A listing's key comes from the tool's own table."""
    monkeypatch.setattr(tool, "ROW_KEYS", {"GetStreets": "town"})
    lines = json.loads(tool.build(DOCUMENT)["esi-2031-02-03.json"])["operations"]

    assert {line["operation_id"]: line.get("row_key") for line in lines} == {
        "DeleteStreets": None,
        "GetFeed": None,
        "GetLog": None,
        "GetStreets": "town",
    }


@pytest.mark.parametrize("operation", ["GetStreets", "GetLog", "GetFeed"])
def test_refuses_a_row_key_that_the_rows_do_not_have(tool, monkeypatch, operation):
    """A key that is no field of the answer's rows ends the build, and says which."""
    monkeypatch.setattr(tool, "ROW_KEYS", {operation: "street_id"})

    with pytest.raises(SystemExit, match=f"{operation}.*street_id"):
        tool.build(DOCUMENT)


def test_each_row_key_belongs_to_a_listing_of_the_catalog(tool):
    """No line of the tool's table is left over from an operation that has gone."""
    listings = {r.operation_id for r in catalog.routes() if r.pagination}
    assert set(tool.ROW_KEYS) <= listings


def test_keeps_shared_shapes_by_reference(tables):
    """Only what an answer or a body reaches is kept, without prose."""
    answers = tables[0]

    assert answers["answers"]["GetStreets"] == {"ref": "Streets"}
    assert "DeleteStreets" not in answers["answers"]
    assert list(answers["bodies"]) == ["DeleteStreets"]
    assert list(answers["schemas"]) == ["Feed", "Street", "Streets", "TownID"]
    assert answers["schemas"]["Street"] == {
        "type": "object",
        "properties": {
            "town": {"ref": "TownID"},
            "length": {"type": "number", "nullable": True, "minimum": 0},
            "name": {"type": "string", "nullable": True},
            "state": {"one_of": [{"ref": "TownID"}]},
            "notes": {"type": "object", "extra": {"type": "string"}},
        },
        "required": ["town"],
    }


def test_check_accepts_what_it_built_and_refuses_anything_else(tool, tmp_path, capsys):
    """`--check` writes nothing and fails on a missing or different table."""
    document, tables = tmp_path / "openapi.json", tmp_path / "tables"
    document.write_text(json.dumps(DOCUMENT))
    tables.mkdir()
    arguments = [str(document), str(tables)]

    assert tool.main(["--check", *arguments]) == 1
    assert list(tables.iterdir()) == []
    assert tool.main(arguments) == 0
    assert tool.main(["--check", *arguments]) == 0

    changed = copy.deepcopy(DOCUMENT)
    changed["paths"]["/log"]["get"]["x-client-cache-ttl"] = 5
    document.write_text(json.dumps(changed))
    capsys.readouterr()
    assert tool.main(["--check", *arguments]) == 1
    assert "esi-2031-02-03.json" in capsys.readouterr().err
