"""The core's tables as lists of dicts, behind the face that `_core.pyi` describes."""

from collections import Counter

import msgspec

from pyesi import errors


class TablePlan:
    """What a table is made by; remembers the words that its catalog does not know."""

    def __init__(
        self,
        *,
        route,
        columns,
        rows_field="",
        many=True,
        bare=False,
        given=(),
        key="",
        newest_wins=False,
        misfits_to_null=False,
    ):
        self.route, self.rows_field, self.many, self.bare = (
            route,
            rows_field,
            many,
            bare,
        )
        self.read = [spec for spec in columns if spec[1] != "skipped"]
        self.known = {spec[0] for spec in columns}
        self.given = given
        self.key, self.newest_wins = key, newest_wins
        self.misfits_to_null = misfits_to_null
        self.words = Counter()

    @property
    def shown(self):
        return [*self.read, *(spec for spec, _ in self.given)]


class Batch:
    """Rows, and what reading them met."""

    def __init__(self, plan, rows, counts):
        self.plan, self.as_rows, self.counts = plan, rows, counts

    def __len__(self):
        return len(self.as_rows)

    @property
    def nbytes(self):
        return 8 * len(self.as_rows) * len(self.plan.shown)


class Batches:
    """Batches of one plan, one after the other."""

    def __init__(self, plan, batches, repeats=0):
        self.plan, self.batches, self.repeats = plan, list(batches), repeats
        self._rows = [row for batch in self.batches for row in batch.as_rows]

    def __len__(self):
        return len(self._rows)

    @property
    def nbytes(self):
        return sum(batch.nbytes for batch in self.batches)

    @property
    def counts(self):
        values = {}
        for column, word in self.plan.words:
            values.setdefault(column, []).append(word)
        return {
            "bytes": sum(batch.counts["bytes"] for batch in self.batches),
            "misfits": sum(batch.counts["misfits"] for batch in self.batches),
            "unknown_fields": sorted(
                {name for one in self.batches for name in one.counts["unknown_fields"]}
            ),
            "unknown_values": values,
        }

    @property
    def columns(self):
        return [(name, kind, nullable) for name, kind, nullable, _ in self.plan.shown]

    def without_repeats(self):
        batches = self.batches
        turn = -1 if self.plan.newest_wins else 1
        seen, kept = set(), []
        for batch in batches[::turn]:
            rows = []
            for row in batch.as_rows[::turn]:
                if self.plan.key and row[self.plan.key] in seen:
                    continue
                seen.add(row.get(self.plan.key))
                rows.append(row)
            kept.append(Batch(self.plan, rows[::turn], batch.counts))
        repeats = len(self) - sum(map(len, kept))
        return Batches(self.plan, kept[::turn], repeats)

    def slice(self, start, stop):
        rows = self._rows[start:stop]
        counts = self.batches[0].counts if self.batches else NOTHING
        return Batches(self.plan, [Batch(self.plan, rows, counts)], self.repeats)

    def rows(self, start, stop):
        return self._rows[start:stop]

    def column(self, name):
        return [row[name] for row in self._rows]

    def __arrow_c_schema__(self):
        import pyarrow

        return pyarrow.Table.from_pylist(self._rows).schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema=None):
        import pyarrow

        table = pyarrow.Table.from_pylist(self._rows)
        return table.__arrow_c_stream__(requested_schema)


NOTHING = {"bytes": 0, "misfits": 0, "unknown_fields": []}


def read_batch(plan, documents):
    """The documents' rows; DecodeFailed where one is not JSON or not the plan's."""
    rows, size, unknown = [], 0, set()
    for response, page, given in documents:
        size += len(response.content)
        for row in _rows_of(plan, response):
            fields = {"value": row} if plan.bare else row
            unknown |= fields.keys() - plan.known
            read = {spec[0]: fields.get(spec[0]) for spec in plan.read}
            _note_words(plan, read)
            rows.append(read | _given(plan, response, page, given))
    counts = {"bytes": size, "misfits": 0, "unknown_fields": sorted(unknown)}
    return Batch(plan, rows, counts)


def _rows_of(plan, response):
    try:
        value = response.json()
    except msgspec.DecodeError as error:
        raise errors.DecodeFailed(str(error)) from error
    if plan.rows_field:
        value = value[plan.rows_field]
    if plan.many != isinstance(value, list):
        raise errors.DecodeFailed(f"{plan.route}: not what the catalog says")
    return value if plan.many else [value]


def _note_words(plan, read):
    for name, kind, _, detail in plan.read:
        if kind == "dictionary" and read[name] not in {*detail, None}:
            plan.words[name, read[name]] += 1


def _given(plan, response, page, given):
    told = {"page": page, "last_modified": response.last_modified}
    values = iter(given)
    return {
        spec[0]: next(values) if source == "caller" else told[source]
        for spec, source in plan.given
    }


def read(plan, documents):
    """What `submit_reading` ends with."""
    try:
        return read_batch(plan, documents)
    except errors.DecodeFailed as error:
        return error


def rows_events(plan, given, pages):
    """What `stream_table_sweep` hands over of each page."""
    before = None
    for index, page in enumerate(pages):
        batch = read_batch(plan, [(page, index + 1, given)])
        rows = Batches(plan, [batch])
        if before is not None:
            pair = Batches(plan, [before, batch]).without_repeats()
            rows = Batches(plan, pair.batches[1:], pair.repeats)
        before = batch
        instant = page.last_modified
        seconds = None if instant is None else instant.timestamp()
        yield "rows", index, rows, seconds, batch.nbytes


def table_sweep_end(plan, given, pages, network):
    """What `submit_table_sweep` ends with."""
    for page in pages:
        if page.status >= 400:
            return page
    documents = [(page, number, given) for number, page in enumerate(pages, 1)]
    try:
        batches = [read_batch(plan, [document]) for document in documents]
    except errors.DecodeFailed as error:
        return error
    return {
        "batches": Batches(plan, batches).without_repeats(),
        "pages": len(pages),
        "last_modified": network.last_modified,
        "consistent": network.consistent,
        "rounds": 1,
    }
