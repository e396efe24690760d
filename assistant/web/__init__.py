"""The pages: Chat, Library, Record. They show what the house says and decide nothing.

Gradio, when it is imported, reads and parses the source of each of its components and writes stub files for editors
beside them: more than half of the time that it takes to load, and a change of what is installed. Pages need no stubs,
so that step is left out of the one module it stands in, whoever imports Gradio first.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


class _WithoutStubs(MetaPathFinder):
    def find_spec(self, fullname: str, path: object, _target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != "gradio.component_meta":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path)  # type: ignore[arg-type]
        if spec is None or spec.loader is None:
            return spec
        run = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            module.create_or_modify_pyi = lambda *_: None  # type: ignore[attr-defined]

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


if "gradio.component_meta" not in sys.modules:
    sys.meta_path.insert(0, _WithoutStubs())
