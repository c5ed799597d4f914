"""Compiles every .proto file under protos/ into protos/gen (modules, stubs and gRPC)."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent
OUT = ROOT / "gen"


def main() -> None:
    """Compile all files afresh; exits with the compiler's status when it fails."""
    # The plugins stand beside the interpreter, which need not be on the path.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    files = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "sanse").rglob("*.proto"))
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    outputs = [
        f"--{kind}={OUT}" for kind in ("python_out", "mypy_out", "grpc_python_out", "mypy_grpc_out")
    ]
    status = protoc.main(["protoc", f"-I{ROOT}", f"-I{well_known}", *outputs, *files])
    if status != 0:
        sys.exit(status)
    _add_package_markers()


def _add_package_markers() -> None:
    """Each folder becomes a regular, typed package."""
    for folder in [OUT / "sanse", *(p for p in (OUT / "sanse").rglob("*") if p.is_dir())]:
        (folder / "__init__.py").touch()
    (OUT / "sanse" / "py.typed").touch()


if __name__ == "__main__":
    main()
