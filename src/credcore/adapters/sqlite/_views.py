"""List and count the rows of a view from the index lines."""

from collections.abc import Mapping, Sequence
from typing import Any

from credcore.adapters._stores import page_of, place_of
from credcore.adapters.sqlite._connections import Statements
from credcore.history import Ref
from credcore.ports import Cursor, Line, Page, Row, View

__all__ = ["LINE", "count", "line_of", "rows"]

LINE = "open, opened_at, stage, owner, urgency, deadline, not_before, next_change, edition"
"""The columns of a `Line`, in its order."""

_ORDER = "urgency, deadline, opened_at, id, kind"

# The words as the partial indexes have them: SQLite takes an index only for a term that it recognises.
_OPEN = {True: "open", False: "NOT open", None: "open IS NOT NULL"}


def line_of(columns: Sequence[Any]) -> Line | None:
    """Return the line that the columns of `LINE` make; None for a record that is never on the worklist."""
    return None if columns[0] is None else Line(bool(columns[0]), *columns[1:])


def rows(connection: Statements, desk: int, view: View, after: Cursor | None, limit: int) -> Page:
    """Return the next rows of a view.

    The page is found in the index alone, then its rows are read: what a page costs does not grow with the states.
    """
    where, values = _where(desk, view)
    if after is not None:
        where += f" AND ({_ORDER}) > (?, ?, ?, ?, ?)"
        values += place_of(after)
    found = connection.execute(
        f"SELECT kind, id, state, {LINE} FROM credcore_record WHERE no IN"  # noqa: S608 - our own words; values are bound
        f" (SELECT no FROM {_table(view)} WHERE {where} ORDER BY {_ORDER} LIMIT ?) ORDER BY {_ORDER}",
        (*values, limit + 1),
    ).fetchall()
    return page_of(
        [Row(Ref(kind, name), Line(bool(open_), *line), state) for kind, name, state, open_, *line in found], limit
    )


def count(connection: Statements, desk: int, view: View, by: Sequence[str]) -> Mapping[tuple[Any, ...], int]:
    """Count a view's rows by columns whose names are checked already."""
    where, values = _where(desk, view)
    columns = ", ".join(by)
    query = f"SELECT {columns + ', ' if by else ''}count(*) FROM {_table(view)} WHERE {where}"  # noqa: S608 - likewise
    found = connection.execute(query + (f" GROUP BY {columns}" if by else ""), values).fetchall()
    return {tuple(row[:-1]): row[-1] for row in found}


def _table(view: View) -> str:
    # Without statistics SQLite may prefer an index that it would have to sort.
    return "credcore_record INDEXED BY credcore_worklist" if view.open and view.owners else "credcore_record"


def _where(desk: int, view: View) -> tuple[str, tuple[Any, ...]]:
    terms = ["desk = ?", _OPEN[view.open]]
    values: list[Any] = [desk]
    for column, wanted in (
        ("kind", view.kinds),
        ("owner", view.owners),
        ("stage", None if view.stage is None else (view.stage,)),
    ):
        if wanted is not None:
            terms.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values += wanted
    if not view.snoozed:
        terms.append("(not_before IS NULL OR not_before <= ?)")
        values.append(view.at)
    return " AND ".join(terms), tuple(values)
