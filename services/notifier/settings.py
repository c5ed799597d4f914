"""The notifier's own settings beside the common ones; each channel reads its own SANSE_<CHANNEL>_…"""

from __future__ import annotations

from dataclasses import replace

from services.common.settings import CommonSettings
from services.notifier.domain.planner import SendingPolicy


class NotifierSettings(CommonSettings):
    """Where the phone page listens, how it is reached, and what the policy's page leaves open."""

    # host:port of the phone page and the SMS platforms' callbacks; empty: no page, no callbacks.
    page_listen: str = ""
    # How phones reach it, without a slash at the end; empty: messages carry no link.
    public_url: str = ""
    # Stands as ?token=… in the callback addresses given to SMS platforms; empty: callbacks are refused.
    callback_token: str = ""
    # False: no limits per minute and person, and no mass is spread; for trials against simulators only.
    rate_limits: bool = True
    # False lets a storm of messages through unheld: for trials against simulators only.
    mass_guard: bool = True
    # Requests under way at once, per channel.
    concurrency: int = 64
    # Replace the figures of deploy/templates/sending.yaml.
    receipt_within_s: float | None = None
    ask_receipt_s: tuple[float, ...] = ()
    link_valid_h: float | None = None
    back_off_s: tuple[float, ...] = ()

    def policy(self, written: SendingPolicy) -> SendingPolicy:
        """The written policy with this deployment's replacements."""
        changed = written
        if self.receipt_within_s is not None:
            changed = replace(changed, receipt_within_ms=int(self.receipt_within_s * 1000))
        if self.ask_receipt_s:
            waits = tuple(int(wait * 1000) for wait in self.ask_receipt_s)
            changed = replace(changed, ask_receipt_ms=waits)
        if self.link_valid_h is not None:
            changed = replace(changed, link_valid_ms=int(self.link_valid_h * 3_600_000))
        if self.back_off_s:
            waits = tuple(int(wait * 1000) for wait in self.back_off_s)
            changed = replace(changed, back_off_ms=waits)
        return changed
