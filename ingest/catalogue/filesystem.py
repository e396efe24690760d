"""What is mounted where: whether a folder lies on a network file system, where SQLite's locks cannot be trusted."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ingest.errors import CatalogueError

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "fuse.davfs", "davfs"}
)
MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")  # a space in a path is written \040


def refuse_network(folder: Path, mounts: Path = MOUNTS) -> None:
    """Raise CatalogueError when `folder` lies on a network file system; say nothing where that cannot be found out."""
    kind = _kind(folder, mounts)
    if kind in NETWORK:
        raise CatalogueError(
            f"{folder} lies on a network file system ({kind}), where a database can be damaged.",
            cure="Keep the home on a local disk, and name it with --home.",
        )


def mount_points(mounts: Path = MOUNTS) -> frozenset[str]:
    """Where something is mounted, a folder of the same file system too; nothing where the system does not tell."""
    return frozenset(point for point, _ in _mounted(mounts))


def _kind(folder: Path, mounts: Path) -> str:
    """The kind of the file system mounted nearest above `folder`; empty where the system does not tell."""
    real, best, kind = os.path.realpath(folder), "", ""
    for point, found in _mounted(mounts):
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # of two on one point, the later one hides the earlier
            best, kind = point, found
    return kind


def _mounted(mounts: Path) -> Iterator[tuple[str, str]]:
    """Each point at which something is mounted, and the kind of its file system."""
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return
    for line in lines:
        left, found, right = line.partition(" - ")
        fields = left.split()
        if found and len(fields) >= 5:
            yield _ESCAPED.sub(lambda match: chr(int(match.group(1), 8)), fields[4]), right.split()[0]
