"""Refuses a change of protos/ that breaks readers of what the previous commit wrote."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from services.common.settings import REPOSITORY

_BUF = Path(sys.executable).with_name("buf")


def main() -> int:
    """Compare protos/ with the last commit, or with the one before when nothing is uncommitted."""
    against = _revision()
    if against is None:
        print("protos: no earlier commit to compare with")
        return 0
    archive = subprocess.run(
        ["git", "archive", against, "protos", "buf.yaml"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
            tar.extractall(folder, filter="data")
        status = subprocess.run(
            [str(_BUF), "breaking", "--against", folder], cwd=REPOSITORY, check=False
        ).returncode
    print(f"protos: {'compatible with' if status == 0 else 'BREAKS readers of'} {against[:12]}")
    return status


def _revision() -> str | None:
    dirty = _git("status", "--porcelain", "--", "protos")
    for name in ("HEAD",) if dirty else ("HEAD~1",):
        commit = _git("rev-parse", "--verify", "-q", f"{name}^{{commit}}")
        if commit and _git("ls-tree", commit, "protos"):
            return commit
    return None


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
