"""Reads a YAML file key by key: every problem names the file, the line, the path and what is allowed there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from services.common.text import Text


class FileError(ValueError):
    """A file that cannot be read, said in both languages."""

    def __init__(self, place: Node | Path, path: str, problem: Text, allowed: Text) -> None:
        self.file = place if isinstance(place, Path) else place.file
        self.line = 0 if isinstance(place, Path) else place.line
        self.path = path
        self.problem = problem
        self.allowed = allowed
        where = f"{self.file}:{self.line}" if self.line else f"{self.file}"
        super().__init__(
            f"{where}: {path}: {problem.en}; allowed: {allowed.en} / {problem.zh}；允许：{allowed.zh}"
        )


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file with its place."""

    file: Path
    path: str
    node: yaml.Node

    @property
    def line(self) -> int:
        """Line in the file, from 1."""
        return int(self.node.start_mark.line) + 1

    def fail(self, problem: Text, allowed: Text) -> FileError:
        """An error at this place."""
        return FileError(self, self.path, problem, allowed)

    def keys(self, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Node]:
        """The entries of a mapping; unknown, missing and repeated keys are refused."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self._wrong_kind("a mapping", "键值表")
        found: dict[str, Node] = {}
        allowed = ", ".join([*required, *optional])
        for key, value in self.node.value:
            name = str(key.value)
            place = Node(self.file, f"{self.path}.{name}".lstrip("."), key)
            if name not in required and name not in optional:
                raise place.fail(Text("未知的键", "unknown key"), Text(allowed, allowed))
            if name in found:
                raise place.fail(Text("重复的键", "the key stands twice"), Text("一次", "once"))
            found[name] = Node(self.file, place.path, value)
        for name in required:
            if name not in found:
                missing = Text(f"缺少 {name}", f"{name} is missing")
                raise self.fail(missing, Text(allowed, allowed))
        return found

    def some(self, wanted: Sequence[str]) -> dict[str, Node]:
        """The wanted entries of a mapping whose others are somebody else's."""
        given = self.node.value if isinstance(self.node, yaml.MappingNode) else []
        others = [str(key.value) for key, _ in given if str(key.value) not in wanted]
        return self.keys(wanted, others)

    def items(self) -> Iterator[Node]:
        """The entries of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self._wrong_kind("a list", "列表")
        for number, value in enumerate(self.node.value):
            yield Node(self.file, f"{self.path}[{number}]", value)

    def text(self) -> str:
        """A text; an empty one is allowed here and judged by the checks."""
        value = self._scalar()
        if not isinstance(value, str):
            raise self._wrong_kind("a text", "文本")
        return value.strip()

    def texts(self) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(item.text() for item in self.items())

    def integer(self, low: int, high: int) -> int:
        """A whole number in a range."""
        value = self._scalar()
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            span = Text(f"{low} 至 {high} 的整数", f"a whole number from {low} to {high}")
            raise self.fail(Text(f"值 {value!r} 不可用", f"value {value!r} is not usable"), span)
        return value

    def integers(self, low: int, high: int) -> tuple[int, ...]:
        """A list of whole numbers in a range."""
        return tuple(item.integer(low, high) for item in self.items())

    def share(self) -> float:
        """A share between 0 and 1."""
        value = self._scalar()
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            span = Text("0 至 1 的比例", "a share from 0 to 1")
            raise self.fail(Text(f"值 {value!r} 不可用", f"value {value!r} is not usable"), span)
        return float(value)

    def flag(self) -> bool:
        """True or false."""
        value = self._scalar()
        if not isinstance(value, bool):
            raise self._wrong_kind("true or false", "true 或 false")
        return value

    def day(self) -> date:
        """A day, written as 2026-01-01."""
        value = self._scalar()
        if not isinstance(value, date) or isinstance(value, datetime):
            problem = Text(f"值 {value!r} 不是日期", f"value {value!r} is no day")
            raise self.fail(problem, Text("如 2026-01-01", "a day such as 2026-01-01"))
        return value

    def choice(self, *allowed: str) -> str:
        """One of a few words."""
        value = str(self._scalar())
        if value not in allowed:
            words = ", ".join(allowed)
            problem = Text(f"值 {value!r} 不可用", f"value {value!r} is not usable")
            raise self.fail(problem, Text(words, words))
        return value

    def _scalar(self) -> Any:
        if not isinstance(self.node, yaml.ScalarNode):
            raise self._wrong_kind("a single value", "单个值")
        try:
            return _constructor.construct_object(self.node)
        except ValueError as wrong:
            # A date that no calendar has, such as 2026-02-30.
            problem = Text(f"无法读取：{wrong}", f"cannot be read: {wrong}")
            raise self.fail(problem, Text("有效的值", "a valid value")) from wrong

    def _wrong_kind(self, en: str, zh: str) -> FileError:
        return self.fail(Text("类型不对", "of the wrong kind"), Text(zh, en))


_constructor = yaml.constructor.SafeConstructor()


_SOMETHING = Text("YAML 内容", "YAML content")


def open_file(file: Path, holds: Text = _SOMETHING) -> Node:
    """The root of a YAML file; FileError when it is not YAML in UTF-8."""
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        problem = Text(f"无法读取：{wrong}", f"cannot be read: {wrong}")
        raise FileError(file, "", problem, Text("UTF-8 编码的 YAML", "YAML in UTF-8")) from wrong
    if node is None:
        raise FileError(file, "", Text("文件为空", "the file is empty"), holds)
    return Node(file, "", node)
