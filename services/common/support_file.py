"""Support categories from deploy/support/categories.yaml into frozen facts; errors name file, line and path."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from pathlib import Path

from services.common.clock import SHANGHAI, to_ms
from services.common.support import NO_SUPPORT, Category, LegalBasis, SupportPolicy
from services.common.terms import Tier
from services.common.text import Text
from services.common.yaml_nodes import Node, open_file

_TIERS = {tier.name.lower(): tier for tier in Tier if tier is not Tier.NONE}
_KEYS = (
    "id",
    "name",
    "legal_basis",
    "purpose",
    "ends",
    "visit_every_days",
    "visited_by",
    "approval",
)
_LONGEST_INTERVAL = 366
# Longer ids could not be sealed to one length.
MAX_ID = 48


def load_support(file: Path) -> SupportPolicy:
    """The categories of a file; none when there is no file. FileError where the shape is wrong."""
    return read_support(file) if file.exists() else NO_SUPPORT


def read_support(file: Path) -> SupportPolicy:
    """The categories of a file; FileError where its shape is wrong. What it means is judged by the checks."""
    keys = open_file(file).keys(("version", "offer_to_end_after_declines", "categories"))
    return SupportPolicy(
        keys["version"].text(),
        keys["offer_to_end_after_declines"].integer(1, 100),
        tuple(_category(item) for item in keys["categories"].items()),
    )


def ends_ms(category: Category) -> int:
    """The moment a category ends: midnight after its last day in Shanghai, in milliseconds."""
    return to_ms(datetime.combine(category.ends + timedelta(days=1), time(), SHANGHAI))


def _category(node: Node) -> Category:
    keys = node.keys(_KEYS, ("aliases",))
    basis = keys["legal_basis"].keys(("law",), ("article",))
    approval = keys["approval"].keys(("approved_by", "approved_on"))
    return Category(
        id=_id(keys["id"]),
        name=_text(keys["name"]),
        aliases=keys["aliases"].texts() if "aliases" in keys else (),
        legal_basis=LegalBasis(
            _text(basis["law"]), _text(basis["article"]) if "article" in basis else Text("", "")
        ),
        purpose=_text(keys["purpose"]),
        ends=keys["ends"].day(),
        visit_every_days=keys["visit_every_days"].integer(0, _LONGEST_INTERVAL),
        visited_by=_TIERS[keys["visited_by"].choice(*_TIERS)],
        approved_by=approval["approved_by"].text(),
        approved_on=approval["approved_on"].day(),
    )


def _id(node: Node) -> str:
    text = node.text()
    if not text.isascii() or len(text) > MAX_ID or not text.replace("_", "").isalnum():
        raise node.fail(
            Text(f"编号 {text!r} 不可用", f"the id {text!r} is not usable"),
            Text(
                f"最多 {MAX_ID} 个小写字母、数字和 _",
                f"small letters, digits and _, at most {MAX_ID}",
            ),
        )
    return text


def _text(node: Node) -> Text:
    keys = node.keys(("zh", "en"))
    return Text(keys["zh"].text(), keys["en"].text())
