"""The catalogue's tables, as the steps that made them. The schema number is how many steps were taken.

A step is never edited once it has shipped: a change is a new step at the end.
"""

from __future__ import annotations

Step = tuple[str, ...]

_FIRST: Step = (
    # One row a live document: its current version. `size`, `mtime` and `checked` tell whether to read a file again.
    """CREATE TABLE documents (
        id TEXT PRIMARY KEY, source TEXT NOT NULL, path TEXT NOT NULL, version TEXT NOT NULL, pipeline TEXT NOT NULL,
        title TEXT NOT NULL, media_type TEXT NOT NULL, level INTEGER NOT NULL, categories TEXT NOT NULL,
        groups TEXT NOT NULL, language TEXT NOT NULL, pages INTEGER NOT NULL, dated TEXT NOT NULL,
        modified INTEGER NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL, checked INTEGER NOT NULL,
        chunks INTEGER NOT NULL, UNIQUE (source, path)) WITHOUT ROWID""",
    "CREATE INDEX documents_by_version ON documents (version)",
    # `front` is the heading path as it stood before the text when the chunk was embedded.
    """CREATE TABLE chunks (
        key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
        document TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        version TEXT NOT NULL, ordinal INTEGER NOT NULL, front TEXT NOT NULL, text TEXT NOT NULL, page INTEGER NOT NULL,
        heading TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, level INTEGER NOT NULL,
        categories TEXT NOT NULL)""",
    "CREATE INDEX chunks_by_document ON chunks (document, ordinal)",
    # Apart from the text, so that reading text does not page through vectors.
    """CREATE TABLE vectors (
        chunk INTEGER PRIMARY KEY REFERENCES chunks (key) ON DELETE CASCADE, dense BLOB NOT NULL)""",
    # `gone` holds the ids of chunks that this change took away; `job` and `version` say who did it.
    """CREATE TABLE feed (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, document TEXT NOT NULL, version TEXT NOT NULL,
        job TEXT NOT NULL, gone TEXT NOT NULL)""",
    "CREATE INDEX feed_by_document ON feed (document, seq)",
    # What holds for the whole catalogue: the embedding model that made its vectors.
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # Originals that perhaps nobody needs any more.
    "CREATE TABLE loose (version TEXT PRIMARY KEY) WITHOUT ROWID",
    """CREATE TABLE set_aside (
        document TEXT PRIMARY KEY, source TEXT NOT NULL, path TEXT NOT NULL, version TEXT NOT NULL,
        pipeline TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL, checked INTEGER NOT NULL,
        outcome TEXT NOT NULL, reason TEXT NOT NULL, level INTEGER NOT NULL, groups TEXT NOT NULL,
        job TEXT NOT NULL, at INTEGER NOT NULL, times INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE jobs (
        id TEXT PRIMARY KEY, started INTEGER NOT NULL, ended INTEGER NOT NULL, state TEXT NOT NULL,
        paths TEXT NOT NULL, counts TEXT NOT NULL) WITHOUT ROWID""",
    # The folders that were taken in, and the file system each lay on: an unmounted share is not an emptied folder.
    "CREATE TABLE roots (path TEXT PRIMARY KEY, device INTEGER NOT NULL) WITHOUT ROWID",
)

_MARKS: Step = (
    # What a copy of a document is known by: packed arrays, a row a document. See `marks`.
    """CREATE TABLE marks (
        document TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE, hasher TEXT NOT NULL,
        marks BLOB NOT NULL, chunks BLOB NOT NULL)""",
)

_SOURCES: Step = (
    # What a source says of a document besides its label and its groups, and what is kept of its file.
    "ALTER TABLE documents ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE documents ADD COLUMN valid_until TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE documents ADD COLUMN originals TEXT NOT NULL DEFAULT 'keep'",
    # `level` is -1 where none was named. The last five say how it went the last time, and what the place looked like.
    """CREATE TABLE sources (
        name TEXT PRIMARY KEY, path TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, groups TEXT NOT NULL,
        level INTEGER NOT NULL, categories TEXT NOT NULL, folders TEXT NOT NULL, originals TEXT NOT NULL,
        tried INTEGER NOT NULL DEFAULT 0, synced INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'new',
        place TEXT NOT NULL DEFAULT '', manifest TEXT NOT NULL DEFAULT '') WITHOUT ROWID""",
)

_FORGETTING: Step = (
    # What must not come back: each document by its id, and its bytes by a keyed digest where nothing else has them.
    """CREATE TABLE forgotten (
        document TEXT PRIMARY KEY, digest TEXT NOT NULL, request INTEGER NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX forgotten_by_digest ON forgotten (digest)",
    # One row a request, named by the record of its intent. `ended` is 0 until every store was cleaned.
    "CREATE TABLE erasures (request INTEGER PRIMARY KEY, stated TEXT NOT NULL, ended INTEGER NOT NULL)",
    # Documents that may not be forgotten, since which record, and who asked for the hold to end.
    "CREATE TABLE holds (document TEXT PRIMARY KEY, record INTEGER NOT NULL, asked TEXT NOT NULL) WITHOUT ROWID",
    # Versions that are no longer current and whose originals a hold keeps.
    "CREATE TABLE held (document TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (document, version)) WITHOUT ROWID",
    # So that a file that is read again gets what was asked for it.
    "ALTER TABLE set_aside ADD COLUMN categories TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE set_aside ADD COLUMN named INTEGER NOT NULL DEFAULT 1",  # whether anybody named the level
)

_LABELS: Step = (
    # What the ids of sensitivity labels mean here, and the documents in which they stand. See `labels`.
    """CREATE TABLE label_map (
        id TEXT PRIMARY KEY, name TEXT NOT NULL, level INTEGER NOT NULL, categories TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE label_ids (
        document TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, label TEXT NOT NULL,
        PRIMARY KEY (document, label)) WITHOUT ROWID""",
    "CREATE INDEX label_ids_by_label ON label_ids (label)",
    # What two persons agreed away from a version, and the record of the request. It outlives a new reading.
    """CREATE TABLE lowered (
        document TEXT PRIMARY KEY, version TEXT NOT NULL, level INTEGER NOT NULL, categories TEXT NOT NULL,
        request INTEGER NOT NULL) WITHOUT ROWID""",
    # The label of a document whose file has gone: it may come back, here or under another name.
    """CREATE TABLE once (
        document TEXT PRIMARY KEY, version TEXT NOT NULL, level INTEGER NOT NULL,
        categories TEXT NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX once_by_version ON once (version)",
    # The join of the labels of a document's chunks.
    """CREATE TABLE passage_labels (
        document TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE, level INTEGER NOT NULL,
        categories TEXT NOT NULL) WITHOUT ROWID""",
)

_SAID: Step = (
    # What a document says of itself. One that was taken in earlier says nothing until its file is read again.
    "ALTER TABLE documents ADD COLUMN authors TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE documents ADD COLUMN company TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE documents ADD COLUMN period TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE documents ADD COLUMN kind TEXT NOT NULL DEFAULT ''",
    # By what a question may call a document; `part`: by a part of that name alone. See `called`.
    """CREATE TABLE names (
        name TEXT NOT NULL, document TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        part INTEGER NOT NULL, PRIMARY KEY (name, document)) WITHOUT ROWID""",
    "CREATE INDEX names_by_document ON names (document)",
)

_ROWS: Step = (
    # The rows of a table that a chunk holds; 0 where it holds none, and where it was cut before they were counted.
    "ALTER TABLE chunks ADD COLUMN first_row INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE chunks ADD COLUMN last_row INTEGER NOT NULL DEFAULT 0",
)

_FLAGS: Step = (
    # What a file carries; nothing for one that was taken in earlier, until it is read again.
    "ALTER TABLE documents ADD COLUMN flags TEXT NOT NULL DEFAULT '[]'",
)

STEPS: tuple[Step, ...] = (_FIRST, _MARKS, _SOURCES, _FORGETTING, _LABELS, _SAID, _ROWS, _FLAGS)
