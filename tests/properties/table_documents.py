"""Shapes of rows, and documents in every spelling that JSON has for what fits them.

Hypothesis draws the shapes, so that they shrink; the documents are written by chance
from a seed, since to draw each blank and each escape takes longer than to read them.
"""

from __future__ import annotations

import json
import math
import uuid
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import strategies as st

from pyesi.catalog import Schema
from pyesi.columns import _plan

# Some begin alike, and one is longer than the core looks at straight away.
NAMES = (
    *(
        "a",
        "id",
        "type_id",
        "is_buy_order",
        "is_buy",
        "système",
        "名前",
        "x.y",
        "value",
    ),
    *("corporation_id", "corporation_tax_rate", "corporation_tax_rate_of_its_customs"),
)
KNOWN = ("station", "region", "1", "solar system", "")
BLANKS = ("", "", "", "", " ", "\n", "\t \r\n", "    ")
SIGNS = 'abz019 _-."\\/\b\f\n\r\t\x00\x1f\x7fé\u2028名\ue000\uffff\U0001f600\U0010ffff'
NUMBERS = ("0", "-0", "-0.0", "1E5", "1e+5", "1.50", "25e-1", "5e-324", "1e-400", "0e9")
WHOLE = (0, 1, -1, 9, 10, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 99_999_999, 10**18)

SCALARS = st.sampled_from(
    [
        Schema(type="integer"),
        Schema(type="number"),
        Schema(type="boolean"),
        Schema(type="string"),
        Schema(type="string", format="date-time"),
        Schema(type="string", format="date"),
        Schema(type="string", format="uuid"),
        Schema(type="string", enum=KNOWN),
        Schema(type="integer", nullable=True),
        Schema(type="boolean", nullable=True),
        Schema(type="string", nullable=True),
        Schema(type="string", format="date-time", nullable=True),
        Schema(),
    ]
)


@st.composite
def objects(draw, shapes):
    """Shapes of an object with known fields, of which some are always there."""
    properties = draw(
        st.dictionaries(st.sampled_from(NAMES), shapes, min_size=1, max_size=4)
    )
    required = draw(st.sets(st.sampled_from(sorted(properties))))
    return Schema(
        type="object",
        nullable=draw(st.booleans()),
        properties=properties,
        required=tuple(sorted(required)),
    )


def _made_of(shapes):
    may_be_null = st.booleans()
    return st.one_of(
        objects(shapes),
        st.builds(Schema, type=st.just("array"), items=shapes, nullable=may_be_null),
        st.builds(Schema, type=st.just("object"), extra=shapes, nullable=may_be_null),
        st.builds(
            Schema,
            one_of=st.lists(objects(shapes), min_size=1, max_size=3).map(tuple),
        ),
    )


# Two levels of nesting are more than most of ESI's answers have.
SHAPES = st.one_of(SCALARS, SCALARS, _made_of(st.one_of(SCALARS, _made_of(SCALARS))))
ROWS = st.one_of(objects(SCALARS), objects(SHAPES))
COUNTS = st.integers(0, 12)


def columns_of(row):
    """The columns of rows of that shape."""
    return _plan._column("row", row)[3]


class Writer:
    """Writes what fits a shape, by chance: names in any order, some of them twice,
    optional fields absent or null, fields that nobody knows, blanks and escapes.

    Every second one writes as ESI does: without blanks, and rarely an escape, a name
    twice or an unknown field. The core reads such rows by a way of their own.
    """

    def __init__(self, seed):
        self._seed = seed
        self._random = Random(seed)
        self._plain = self.chance(2)

    def __repr__(self):
        return f"Writer({self._seed})"

    def chance(self, one_in):
        return self._random.randrange(one_in) == 0

    def choice(self, words):
        return self._random.choice(words)

    def rarely(self, one_in):
        return self.chance(10 * one_in if self._plain else one_in)

    def blank(self):
        return "" if self._plain and not self.chance(200) else self.choice(BLANKS)

    def text(self):
        """Any text of Unicode, without lone surrogates."""
        signs = SIGNS if self.rarely(2) else "abz019 _-.é名"
        length = self._random.randrange(20 if self.chance(4) else 8)
        return "".join(self.choice(signs) for _ in range(length))

    def spelled(self, text):
        """A string in JSON, with escapes where none are needed as well."""
        way = 3 if not self.rarely(2) else self._random.randrange(4)
        if way > 1:
            return json.dumps(text, ensure_ascii=way == 2)
        units = text.encode("utf-16-be")
        form = "04x" if way else "04X"
        escapes = (
            f"\\u{units[place] << 8 | units[place + 1]:{form}}"
            for place in range(0, len(units), 2)
        )
        return f'"{"".join(escapes)}"'

    def joined(self, pieces, marks="[]"):
        """The pieces between two marks, with commas and any blanks."""
        inner = ",".join(f"{self.blank()}{piece}{self.blank()}" for piece in pieces)
        return f"{marks[0]}{inner or self.blank()}{marks[1]}"

    def members(self, pairs):
        """An object of these names and spelled values."""
        return self.joined(
            [
                f"{self.spelled(name)}{self.blank()}:{self.blank()}{value}"
                for name, value in pairs
            ],
            "{}",
        )

    def anything(self, depth=2):
        """Any JSON value."""
        way = self._random.randrange(6 if depth else 4)
        if way == 4:
            return self.joined([self.anything(depth - 1) for _ in range(2)])
        if way == 5:
            pairs = [(self.text(), self.anything(depth - 1)) for _ in range(2)]
            return self.members(pairs)
        if way == 3:
            return self.spelled(self.text())
        words = ("null", "true", "false", "[]", "{}", "0", "-0", "1.5e-7")
        return self.choice(words) if way else self.number()

    def integer(self):
        """A whole number of 64 bits."""
        bits = self._random.randrange(1, 64)
        by_chance = self._random.getrandbits(bits) * self.choice((1, -1))
        return str(self.choice((by_chance, by_chance, self.choice(WHOLE))))

    def number(self):
        """A number as JSON writes it: whole, broken, with an exponent, very long."""
        if not self.rarely(2):
            return f"{self._random.getrandbits(30)}.{self._random.randrange(100)}"
        whole = self._random.getrandbits(self._random.randrange(1, 130))
        return self.choice(
            (
                str(whole),
                f"-{whole}",
                f"{whole}e{self._random.randrange(-330, 265)}",
                f"{whole}.{self._random.getrandbits(60):018}",
                repr(self._random.random()),
                json.dumps(
                    math.ldexp(self._random.random(), self.choice((-1030, 900)))
                ),
                self.choice(NUMBERS),
            )
        )

    def date_time(self):
        """A moment of RFC 3339, with and without fraction and offset."""
        days = self._random.randrange(365, 3_650_000)
        moment = datetime(1, 1, 1) + timedelta(days, self._random.randrange(86_400))
        if not self.rarely(2):
            return f'"{moment.isoformat()}Z"'
        fraction = self.choice(("", ".5", ".123", ".999999", ".0004"))
        zone = self.choice(("Z", "z", "+00:00", "-03:30", "+14:00"))
        return json.dumps(moment.isoformat() + fraction + zone)

    def date(self):
        days = self._random.randrange(3_650_000)
        return json.dumps((datetime(1, 1, 1) + timedelta(days)).date().isoformat())

    def value(self, schema):
        """A value that fits the shape."""
        if schema.nullable and self.chance(3):
            return "null"
        if schema.one_of:
            variant = self.choice(schema.one_of)
            return self.record(Schema(properties=variant.properties))
        if schema.type == "array":
            count = self._random.randrange(4)
            return self.joined([self.value(schema.items) for _ in range(count)])
        if schema.type == "object":
            return self.record(schema) if schema.properties else self.keyed(schema)
        return self.scalar(schema)

    def scalar(self, schema):
        if schema.enum:
            return self.spelled(self.choice((*schema.enum, self.text())))
        if schema.format == "uuid":
            return f'"{uuid.UUID(int=self._random.getrandbits(128))}"'
        write = {
            "integer": self.integer,
            "number": self.number,
            "boolean": lambda: self.choice(("true", "false")),
            "string": lambda: self.spelled(self.text()),
            "date-time": self.date_time,
            "date": self.date,
            None: self.anything,
        }
        return write[schema.format or schema.type]()

    def keyed(self, schema):
        """An object of any names; here, too, a name comes twice."""
        count = self._random.randrange(4)
        pairs = [
            (self.choice(("k", "K", "名", "", '"')), self.value(schema.extra))
            for _ in range(count)
        ]
        return self.members(pairs)

    def record(self, schema):
        """An object of that shape."""
        pairs = []
        for name, inner in schema.properties.items():
            optional = name not in schema.required
            if optional and self.chance(3):
                continue
            times = 2 if self.rarely(12) else 1
            for _ in range(times):
                null = optional and self.chance(6)
                pairs.append((name, "null" if null else self.value(inner)))
        if self.rarely(6):
            unknown = self.choice(("q", "qé", '"q"', "q\\", "q q"))
            pairs.append((unknown, self.anything()))
        if self.rarely(2):
            self._random.shuffle(pairs)
        return self.members(pairs)

    def rows(self, schema, count):
        """An array of rows of that shape."""
        records = [self.record(schema) for _ in range(count)]
        return f"{self.blank()}{self.joined(records)}{self.blank()}"

    def pages(self, schema, counts):
        """Documents of so many rows each."""
        return [self.rows(schema, count) for count in counts]


WRITERS = st.integers(0, 2**32 - 1).map(Writer)
PAGES = st.lists(COUNTS, min_size=1, max_size=3)

# What a caller can give for all rows of an answer, by the kind of its column.
GIVEN = {
    "int64": st.integers(-(2**63), 2**63 - 1),
    "double": st.floats(allow_nan=False),
    "bool": st.booleans(),
    "string": st.text(st.sampled_from(SIGNS), max_size=8),
    "timestamp": st.datetimes(
        datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)
    ).map(lambda t: t.replace(microsecond=t.microsecond // 1000 * 1000)),
}
