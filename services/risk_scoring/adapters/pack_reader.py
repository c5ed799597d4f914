"""Reads rule packs key by key with the reader that all policy files share."""

from __future__ import annotations

from services.common.yaml_nodes import FileError as PackError
from services.common.yaml_nodes import Node, open_file

__all__ = ["Node", "PackError", "open_file"]
