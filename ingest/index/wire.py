"""Queries and hits as messages between a process that asks and the one that owns the index."""

from __future__ import annotations

import base64
from collections.abc import Callable

import numpy as np

from ingest.about import WORDED, Said, Sought
from ingest.errors import IndexUnavailable
from ingest.index.base import AboveFilter, Hit, Index, Mode, Point, Query, RightsFilter, SparseVector
from ingest.index.channel import Message
from policies.labels import Category, Level


def pack_query(query: Query) -> Message:
    return {
        "dense": base64.b64encode(np.asarray(query.dense, np.float32).tobytes()).decode(),
        "terms": list(query.sparse.indices),
        "weights": list(query.sparse.values),
        "limit": query.limit,
        "mode": str(query.mode),
        **_pack_rights(query.rights),
    }


def _pack_rights(rights: RightsFilter | AboveFilter) -> Message:
    if isinstance(rights, AboveFilter):
        # No groups: an owner that does not know this filter fails at it and does not answer "nothing".
        return {"above": int(rights.level), "within": sorted(map(str, rights.categories)), "groups": None}
    return {
        "above": None,
        "groups": sorted(rights.groups),
        "level": None if rights.level is None else int(rights.level),
        "only": None if rights.only_categories is None else sorted(map(str, rights.only_categories)),
        "documents": None if rights.documents is None else sorted(rights.documents),
        "sought": {
            **{name: sorted(getattr(rights.sought, name)) for name in WORDED},
            "since": rights.sought.since,
            "until": rights.sought.until,
        },
    }


def unpack_query(message: Message) -> Query:
    """Every field must be there: a message without rights is an error, never a query without a filter."""
    try:
        return _query(message)
    except (KeyError, TypeError, ValueError) as error:
        raise IndexUnavailable(
            "The owner of the index was asked something that is no query.", cure="Run one version in all processes."
        ) from error


def _query(message: Message) -> Query:
    return Query(
        dense=tuple(np.frombuffer(base64.b64decode(message["dense"]), np.float32).tolist()),
        sparse=SparseVector(indices=tuple(message["terms"]), values=tuple(message["weights"])),
        rights=_unpack_rights(message),
        limit=int(message["limit"]),
        mode=Mode(message["mode"]),
    )


def _unpack_rights(message: Message) -> RightsFilter | AboveFilter:
    if message["above"] is not None:
        return AboveFilter(level=Level(message["above"]), categories=frozenset(map(Category, message["within"])))
    only, documents, level, sought = (message[name] for name in ("only", "documents", "level", "sought"))
    return RightsFilter(
        groups=frozenset(message["groups"]),
        level=None if level is None else Level(level),
        only_categories=None if only is None else frozenset(map(Category, only)),
        documents=None if documents is None else frozenset(documents),
        sought=Sought(
            **{name: frozenset(map(str, sought[name])) for name in WORDED},
            since=int(sought["since"]),
            until=int(sought["until"]),
        ),
    )


def unpack_hits(message: Message) -> list[Hit]:
    return [Hit(id=id, score=score) for id, score in message["hits"]]


Verb = Callable[[Index], Message]


def queried(query: Query) -> Verb:
    return lambda index: {"hits": [[hit.id, hit.score] for hit in index.query(query)]}


def pointed(after: str, limit: int) -> Verb:
    def read(index: Index) -> Message:
        found, following = index.points(after, limit)
        return {"points": [_pack_point(point) for point in found], "next": following}

    return read


def unpack_points(message: Message) -> tuple[list[Point], str]:
    return [_unpack_point(each) for each in message["points"]], str(message["next"])


def _pack_point(point: Point) -> Message:
    return {
        "id": point.id,
        "document": point.document,
        "dense": base64.b64encode(np.asarray(point.dense, np.float32).tobytes()).decode(),
        "terms": list(point.sparse.indices),
        "weights": list(point.sparse.values),
        "groups": sorted(point.groups),
        "level": int(point.level),
        "categories": sorted(map(str, point.categories)),
        "said": point.said.words(),
        "dated": point.said.dated,
    }


def _unpack_point(message: Message) -> Point:
    return Point(
        id=message["id"],
        document=message["document"],
        dense=tuple(np.frombuffer(base64.b64decode(message["dense"]), np.float32).tolist()),
        sparse=SparseVector(indices=tuple(message["terms"]), values=tuple(message["weights"])),
        groups=frozenset(message["groups"]),
        level=Level(message["level"]),
        categories=frozenset(map(Category, message["categories"])),
        said=Said.of(message["said"], dated=int(message["dated"])),
    )


VERBS: dict[str, Verb] = {
    "count": lambda index: {"value": index.count()},
    "cursor": lambda index: {"value": index.cursor()},
    "ids": lambda index: {"value": sorted(index.ids())},
}
