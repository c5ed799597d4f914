"""What "sanse templates" says, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping

from services.cli.texts import Words

TEXTS: Mapping[str, tuple[str, str]] = {
    "clean": (
        "{texts} 套文本，{ids} 个平台模板（版本 {version}），未发现问题。",
        "{texts} texts, {ids} platform templates (version {version}), nothing found.",
    ),
    "locked": ("已锁定 {count} 个新模板：{ids}", "{count} new templates locked: {ids}"),
    "lock_nothing": ("没有新模板。", "No new template."),
    "unlocked": (
        "尚未锁定：{ids}。平台审核通过后执行 sanse templates lock",
        "not locked yet: {ids}. Run sanse templates lock once the platforms approved them",
    ),
    "column.text": ("短信文本", "SMS text"),
    "column.units": ("最长字数", "longest, in units"),
    "column.parts": ("最多条数", "parts at most"),
    "preview.form": ("{channel}（{form}）", "{channel} ({form})"),
    "preview.no_template": ("无已审批模板，不经此通道发送", "no approved template: not sent here"),
    "preview.parts": ("{units} 字，{parts} 条", "{units} units, {parts} part(s)"),
    "preview.template": ("模板 {id}", "template {id}"),
    "preview.saved": ("已写入 {path}", "Written to {path}"),
    "preview.missing_font": (
        "没有中文字体，无法出图：请安装 {packages}，或设 SANSE_PRINT_FONT",
        "no font with Chinese letters, no picture: install {packages}, or set SANSE_PRINT_FONT",
    ),
}

say = Words(TEXTS).say
