"""Generates the protobuf and gRPC modules under protos/gen before a build or an editable install."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ProtoBuildHook(BuildHookInterface):
    """Runs protos/generate.py, so that no generated file needs to be committed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generate the modules; a wheel carries them and the data files, an editable install finds them in place."""
        root = Path(self.root)
        runpy.run_path(str(root / "protos" / "generate.py"), run_name="__main__")
        if version == "standard":
            build_data["force_include"][str(root / "protos" / "gen" / "sanse")] = "sanse"
            build_data["force_include"][str(root / "deploy")] = "services/_data/deploy"
