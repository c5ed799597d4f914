"""Generates the protobuf and gRPC modules under protos/gen before a build or an editable install."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ProtoBuildHook(BuildHookInterface):
    """Runs protos/generate.py, so that no generated file needs to be committed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generate the modules; a failing compiler stops the build."""
        script = Path(self.root) / "protos" / "generate.py"
        runpy.run_path(str(script), run_name="__main__")
