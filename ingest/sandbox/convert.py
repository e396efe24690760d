"""Files that no reader here knows, turned into today's kind by a program of the system: LibreOffice, where it is there.

It runs in a child like any reader, with more memory and the right to start programs, on a profile of its own that lasts
as long as the file and lets no macro run. It sees the file, the scratch folder and its own installation.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ingest.errors import Quarantined
from ingest.sandbox.confine import die_with_parent

TARGETS = {"CONVERT_DOCX": "docx", "CONVERT_PPTX": "pptx"}
_NAMES = ("soffice", "libreoffice")
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse">
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks"
 oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


def find_converter() -> str:
    """Where the program lies; empty when it is not installed."""
    return next((found for name in _NAMES if (found := shutil.which(name))), "")


def converted(data: bytes, program: str, target: str) -> bytes:
    """The file as `target`. Runs in the child, whose working folder is its scratch. Raises Quarantined(DAMAGED)."""
    here = Path.cwd()
    profile = here / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(_PROFILE, encoding="utf-8")
    (here / "given").write_bytes(data)
    command = [
        program,
        f"-env:UserInstallation=file://{here}/profile",
        *(
            "--headless",
            "--norestore",
            "--nolockcheck",
            "--nodefault",
            "--convert-to",
            target,
            "--outdir",
            "made",
            "given",
        ),
    ]
    environment = {"HOME": str(here), "TMPDIR": str(here), "LANG": "C.UTF-8", "PATH": os.defpath}
    subprocess.run(command, env=environment, preexec_fn=die_with_parent, check=False)
    made = here / "made" / f"given.{target}"
    if not made.is_file():
        raise Quarantined("DAMAGED")
    return made.read_bytes()
