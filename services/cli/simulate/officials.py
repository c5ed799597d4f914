"""The posts that hold responsibility at each tier, with invented ids and fictitious contacts only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from services.cli.simulate.places import Places, Unit, short_name
from services.cli.simulate.seeded import stream
from services.common.roster import Official
from services.common.terms import Language, Tier

FIRST_MOBILE = 19900000000
MAIL_DOMAIN = "sanse.example"
ENGLISH_SHARE = 0.02

Habits = Mapping[tuple[str, ...], int]
# Preferred channel first, fallback after it; the weights say how common each habit is at a tier.
VILLAGE_HABITS: Habits = {
    ("aliyun_sms",): 30,
    ("tencent_sms",): 10,
    ("aliyun_sms", "tencent_sms"): 15,
    ("wecom_app", "aliyun_sms"): 30,
    ("wecom_app", "tencent_sms"): 15,
}
TOWNSHIP_HABITS: Habits = {
    ("wecom_app", "aliyun_sms"): 60,
    ("wecom_app", "tencent_sms"): 25,
    ("aliyun_sms", "smtp"): 15,
}
OFFICE_HABITS: Habits = {
    ("wecom_app", "aliyun_sms"): 50,
    ("wecom_app", "smtp"): 35,
    ("aliyun_sms", "smtp"): 15,
}


# The departments that incidents are handed to (deploy/triage), with the tier where each sits.
DEPARTMENTS = (
    ("police_station", Tier.TOWNSHIP, "派出所所长"),
    ("justice_office", Tier.TOWNSHIP, "司法所所长"),
    ("public_security", Tier.COUNTY, "公安局值班负责人"),
    ("traffic_police", Tier.COUNTY, "交警大队值班负责人"),
    ("womens_federation", Tier.COUNTY, "妇联权益负责人"),
    ("court", Tier.COUNTY, "法院立案庭负责人"),
    ("civil_affairs", Tier.COUNTY, "民政局值班负责人"),
    ("education", Tier.COUNTY, "教育局值班负责人"),
    ("health", Tier.COUNTY, "卫生健康局值班负责人"),
    ("labour", Tier.COUNTY, "人社局值班负责人"),
    ("agriculture", Tier.COUNTY, "农业农村局值班负责人"),
    ("emergency", Tier.COUNTY, "应急管理局值班负责人"),
)


@dataclass(frozen=True, slots=True)
class Post:
    """A post before its holder gets contacts."""

    official_id: str
    unit: str
    tier: Tier
    title: str
    habits: Habits
    department: str = ""


def build_officials(seed: int, places: Places) -> tuple[Official, ...]:
    """One post a village and township, a head and a deputy a county, a head for the prefecture, and the departments."""
    dice = stream(seed, "officials")
    posts = enumerate(_posts(places))
    return tuple(_holder(dice, post, FIRST_MOBILE + number) for number, post in posts)


def _posts(places: Places) -> Iterator[Post]:
    yield _head("PF", places.prefecture, Tier.PREFECTURE, "州综治中心主任")
    for county in places.counties:
        yield _head("C", county, Tier.COUNTY, f"{county.name}综治中心主任")
        yield _head("CD", county, Tier.COUNTY, f"{county.name}综治中心副主任")
    for township in places.townships:
        title = f"{township.name}综治中心主任"
        yield Post(f"T-{township.code}", township.code, Tier.TOWNSHIP, title, TOWNSHIP_HABITS)
    for village in places.villages:
        title = f"{short_name(village.name)}包保责任人"
        yield Post(f"V-{village.code}", village.code, Tier.VILLAGE, title, VILLAGE_HABITS)
    for department, tier, title in DEPARTMENTS:
        for unit in places.townships if tier is Tier.TOWNSHIP else places.counties:
            official_id = f"D-{department}-{unit.code}"
            name = f"{unit.name}{title}"
            yield Post(official_id, unit.code, tier, name, OFFICE_HABITS, department)


def _head(prefix: str, unit: Unit, tier: Tier, title: str) -> Post:
    return Post(f"{prefix}-{unit.code}", unit.code, tier, title, OFFICE_HABITS)


def _holder(dice: Random, post: Post, mobile: int) -> Official:
    channels = dice.choices(list(post.habits), list(post.habits.values()))[0]
    language = Language.EN if dice.random() < ENGLISH_SHARE else Language.ZH
    return Official(
        official_id=post.official_id,
        jurisdiction_code=post.unit,
        tier=post.tier,
        post=post.title,
        language=language,
        channels=channels,
        mobile=str(mobile),
        wecom_id=f"wx-{post.official_id.lower()}" if "wecom_app" in channels else "",
        email=f"{post.official_id.lower()}@{MAIL_DOMAIN}" if "smtp" in channels else "",
        department=post.department,
    )
