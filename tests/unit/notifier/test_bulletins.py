"""Messages about no single case: counts and gaps in words, no link, and no reply is ever taken to be about them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sanse.notify.v1 import notify_pb2
from services.common.crypto import Keys
from services.common.divisions import Divisions
from services.common.roster import Official
from services.common.terms import Language, Tier
from services.common.topics import Topic
from services.escalation.adapters.bulletin_codec import notice_of
from services.escalation.domain.bulletins import Bulletin, BulletinKind, DutyCounts, GapAhead
from services.notifier.adapters import codec
from services.notifier.adapters.template_file import load_templates
from services.notifier.domain.guard import may_be_held
from services.notifier.domain.message import Form, SmsContent, TextContent
from services.notifier.domain.notices import Notice, Progress
from services.notifier.service.composer import Composer
from services.notifier.service.handler import notice_key, recent_key
from tests.unit.notifier.test_guard import POLICY
from tests.unit.notifier.test_handler import LANE, Lane
from tests.unit.notifier.test_templates import FOLDER, LINK_UNITS

OFFICIAL = Official("TS-1", "532301001", Tier.TOWNSHIP, "", Language.ZH, ("wecom_app",), "1", "w")
DIGEST = Bulletin(
    "c1",
    BulletinKind.DIGEST,
    "TS-1",
    "2026-03-02",
    1_772_412_600_000,
    "532301001",
    DutyCounts(12, 1, 2, 3, 4),
    ("532301-AAAAAA", "532301-BBBBBB"),
)
# From 3 March 2026, 08:00.
GAP = GapAhead("township/532301001/owner", "532301001", "owner", 1_772_496_000_000, 1 << 50)
OUTLOOK = replace(DIGEST, kind=BulletinKind.ROSTER_OUTLOOK, case_nos=(), gaps=(GAP, GAP, GAP))
WORDS = [
    (DIGEST, Language.ZH, "在办12件（红色1件），逾期2件，一日内到期3件，待回执4件"),
    (DIGEST, Language.EN, "12 open (1 red), 2 overdue, 3 due within a day, 4 to answer"),
    (OUTLOOK, Language.ZH, "鹿城镇：责任人自3月3日08:00起无人值班，另有2处"),
    (OUTLOOK, Language.EN, "鹿城镇: no responsible official on duty from 3 Mar 08:00; 2 more"),
]


def composer() -> Composer:
    book = load_templates(FOLDER / "notices.yaml", LINK_UNITS)
    return Composer(
        book, Keys("00" * 32), Divisions({"532301001": "鹿城镇"}), "https://x.example", 1000
    )


def read(bulletin: Bulletin) -> Notice:
    """As the notifier reads what escalation writes."""
    return codec.read_notice(notice_of(bulletin).SerializeToString())


def content(bulletin: Bulletin, form: Form, name: str, language: Language) -> Any:
    """What a channel of a form gets."""
    channel = cast("Any", SimpleNamespace(name=name, form=form))
    official = replace(OFFICIAL, language=language)
    message = composer().compose(read(bulletin), official, channel, False)
    assert message is not None
    assert message.key == ""
    return message.content


@pytest.mark.parametrize(("bulletin", "language", "words"), WORDS)
def test_each_channel_says_it_in_words_and_without_a_link(
    bulletin: Bulletin, language: Language, words: str
) -> None:
    """Counts and posts only: no person, no household, nothing to press."""
    text = content(bulletin, Form.IM, "wecom_app", language)
    assert isinstance(text, TextContent)
    assert words in text.text
    assert text.link == ""
    sms = content(bulletin, Form.SMS, "aliyun_sms", language)
    assert isinstance(sms, SmsContent)
    assert sms.values["summary"] in words
    mail = content(bulletin, Form.MAIL, "smtp", language)
    assert words in mail.text


def test_a_digest_names_the_pressing_cases_where_there_is_room() -> None:
    """Also a single one; a digest without any, and an outlook, name none."""
    for case_nos in (DIGEST.case_nos, DIGEST.case_nos[:1], ()):
        said = content(replace(DIGEST, case_nos=case_nos), Form.IM, "wecom_app", Language.ZH)
        named = said.text.partition("\n")[2]
        assert named == " ".join(case_nos)
    assert "\n" not in content(OUTLOOK, Form.IM, "wecom_app", Language.ZH).text


@pytest.mark.parametrize("bulletin", [DIGEST, OUTLOOK])
def test_a_reply_is_never_about_it_and_no_storm_holds_it(bulletin: Bulletin) -> None:
    """It is sent like any notice, but "1" from that phone still means the newest case; it fills no case's folder."""
    lane, notice = Lane(), notice_of(bulletin)
    batch = notify_pb2.NoticeBatch(lane=LANE, notices=[notice])
    lane.step(Topic.NOTICES, batch.SerializeToString(), 0)
    assert lane.due == {notice.notice_id: 0}
    assert notice_key(notice.notice_id) in lane.state
    assert recent_key("TS-1") not in lane.state
    assert lane.members == set()
    assert not may_be_held(read(bulletin), Progress(), POLICY)
