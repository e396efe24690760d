"""Whether a folder lies on a network file system, where SQLite's locks cannot be trusted."""

from __future__ import annotations

import os
from pathlib import Path

from ingest.errors import CatalogueError

NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs", "fuse.rclone", "fuse.davfs", "davfs"}
)
MOUNTS = Path("/proc/self/mountinfo")


def refuse_network(folder: Path, mounts: Path = MOUNTS) -> None:
    """Raise CatalogueError when `folder` lies on a network file system; say nothing where that cannot be found out."""
    kind = _kind(folder, mounts)
    if kind in NETWORK:
        raise CatalogueError(
            f"{folder} lies on a network file system ({kind}), where a database can be damaged.",
            cure="Keep the home on a local disk, and name it with --home.",
        )


def _kind(folder: Path, mounts: Path) -> str:
    """The kind of the file system mounted nearest above `folder`; empty where the system does not tell."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return ""
    real, best, kind = os.path.realpath(folder), "", ""
    for line in lines:
        left, found, right = line.partition(" - ")
        fields = left.split()
        if not found or len(fields) < 5:
            continue
        point = fields[4].encode().decode("unicode_escape")  # a space in a path is written \040
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # of two on one point, the later one hides the earlier
            best, kind = point, right.split()[0]
    return kind
