"""Holds the code to the style guide: function and file sizes."""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.common.settings import REPOSITORY

MEDIAN_LINES = 8
P90_LINES = 25
LONGEST_FUNCTION = 60
LONGEST_FILE = 400


@dataclass(frozen=True, slots=True)
class Function:
    """A function, where it stands and how many lines its body has (its docstring not counted)."""

    path: Path
    line: int
    name: str
    lines: int


def main() -> int:
    """Print the figures; 1 when a budget is exceeded."""
    files = sorted((REPOSITORY / "services").rglob("*.py"))
    functions = [function for path in files for function in _functions(path)]
    sizes = sorted(function.lines for function in functions)
    median, p90 = statistics.median(sizes), sizes[int(len(sizes) * 0.9)]
    print(
        f"budgets: {len(functions)} functions, median {median:g}, p90 {p90}, longest {sizes[-1]} lines"
    )
    wrong = [
        f"{f.path}:{f.line} {f.name} has {f.lines} lines, allowed {LONGEST_FUNCTION}"
        for f in functions
        if f.lines > LONGEST_FUNCTION
    ]
    for path in files:
        count = len(path.read_text(encoding="utf-8").splitlines())
        if count > LONGEST_FILE:
            wrong.append(f"{path} has {count} lines, allowed {LONGEST_FILE}")
    if median > MEDIAN_LINES:
        wrong.append(f"median function has {median:g} lines, allowed {MEDIAN_LINES}")
    if p90 > P90_LINES:
        wrong.append(f"90th percentile function has {p90} lines, allowed {P90_LINES}")
    print("\n".join(wrong) if wrong else "budgets: all kept")
    return 1 if wrong else 0


def _functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Function(path.relative_to(REPOSITORY), node.lineno, node.name, _lines(node))


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body
    if len(body) > 1 and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return (node.end_lineno or node.lineno) - body[0].lineno + 1


if __name__ == "__main__":
    sys.exit(main())
