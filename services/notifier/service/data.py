"""What the notifier reads from files at start: roster, texts, names and policy; a wrong file stops the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.common.crypto import Keys
from services.common.divisions import Divisions
from services.common.obligation_catalogue import load_kinds
from services.common.roster import Roster
from services.notifier.adapters.receipt_file import load_words
from services.notifier.adapters.sending_file import load_sending
from services.notifier.adapters.template_file import load_guard, load_templates
from services.notifier.domain.guard import GuardPolicy
from services.notifier.domain.limits import PersonPolicy
from services.notifier.domain.order import SpreadPolicy
from services.notifier.domain.planner import SendingPolicy
from services.notifier.domain.providers import ProviderPolicy
from services.notifier.domain.receipt_words import ReceiptWords
from services.notifier.service.composer import Composer, link_units
from services.notifier.settings import NotifierSettings


@dataclass(frozen=True, slots=True)
class Data:
    """Everything read, ready for use."""

    roster: Roster
    composer: Composer
    policy: SendingPolicy
    per_minute: Mapping[str, float]
    providers: ProviderPolicy
    person: PersonPolicy
    spread: SpreadPolicy
    words: ReceiptWords
    guard: GuardPolicy


def load(settings: NotifierSettings) -> Data:
    """Read roster, names, texts and policy; errors name the file."""
    page = load_sending(settings.templates_dir / "sending.yaml")
    policy = settings.policy(page.policy)
    public_url = settings.public_url.rstrip("/")
    book = load_templates(settings.templates_dir / "notices.yaml", link_units(public_url))
    composer = Composer(
        book=book,
        keys=Keys(settings.master_key),
        divisions=Divisions.load(settings.divisions_file),
        public_url=public_url,
        link_valid_ms=policy.link_valid_ms,
        kinds=load_kinds(settings.obligations_dir),
    )
    limits = page.per_minute if settings.rate_limits else {}
    words = load_words(settings.templates_dir / "receipts.yaml")
    guard = load_guard(settings.templates_dir / "guard.yaml")
    if not settings.mass_guard:
        guard = replace(guard, storm_per_hour=0)
    return Data(
        roster=Roster.load(settings.roster_file),
        composer=composer,
        policy=policy,
        per_minute=limits,
        providers=page.providers,
        person=page.person if settings.rate_limits else PersonPolicy(),
        spread=page.spread if settings.rate_limits else SpreadPolicy(),
        words=words,
        guard=guard,
    )
