"""The SMS templates and signatures the two cloud platforms have approved."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.simulators import credentials

NAMED = re.compile(r"\$\{(\w+)\}")
POSITIONAL = re.compile(r"\{(\d+)\}")

DEFAULT_NAMED: Mapping[str, str] = {
    "SMS_100000001": "${colour}预警提醒:事项${case}须于${deadline}前办理,请处置并反馈。${link}",
    "SMS_100000002": "${colour}督办:事项${case}已逾期,请于${deadline}前办结。${link}",
    "SMS_100000006": "限期办理提醒(${matter}):事项${case}须于${deadline}前办理,请处置并反馈。${link}",
    "SMS_100000007": "${colour}督办(${matter}):事项${case}已逾期,请于${deadline}前办结。${link}",
    "SMS_100000008": "事项${case}已改由他人负责,请配合在${deadline}前办理。${link}",
    "SMS_100000009": "回复结果：${answer}${others}",
    "SMS_100000010": "您有新的通知,涉及事项${case},请逐件办理。${link}",
    "SMS_100000003": "您的验证码为${code},五分钟内有效。",
}
DEFAULT_POSITIONAL: Mapping[str, str] = {
    "1000001": "{1}预警提醒:事项{2}须于{3}前办理,请处置并反馈。{4}",
    "1000002": "{1}督办:事项{2}已逾期,请于{3}前办结。{4}",
    "1000006": "限期办理提醒({1}):事项{2}须于{3}前办理,请处置并反馈。{4}",
    "1000007": "{1}督办({2}):事项{3}已逾期,请于{4}前办结。{5}",
    "1000008": "事项{1}已改由他人负责,请配合在{2}前办理。{3}",
    "1000009": "回复结果：{1}{2}",
    "1000010": "您有新的通知,涉及事项{1},请逐件办理。{2}",
    "1000003": "您的验证码为{1},五分钟内有效。",
}
DEFAULT_HUAWEI: Mapping[str, str] = {
    f"huawei-1000000{number}": DEFAULT_POSITIONAL[f"100000{number}"] for number in (1, 2, 3)
}
DEFAULT_SPOKEN_NAMED: Mapping[str, str] = {
    "TTS_100000001": "${colour}预警提醒:事项${case}须于${deadline}前办理,请处置并反馈。",
    "TTS_100000002": "${colour}督办:事项${case}已逾期,请于${deadline}前办结。",
}
DEFAULT_SPOKEN_POSITIONAL: Mapping[str, str] = {
    "2000001": "{1}预警提醒:事项{2}须于{3}前办理,请处置并反馈。",
    "2000002": "{1}督办:事项{2}已逾期,请于{3}前办结。",
}


class Fault(StrEnum):
    """Why a text could not be made from a template."""

    UNKNOWN_TEMPLATE = "unknown_template"
    UNKNOWN_SIGN = "unknown_sign"
    MISSING_PARAMETERS = "missing_parameters"
    TOO_LONG = "too_long"


@dataclass(slots=True)
class TemplateBook:
    """One platform's approved templates and signatures."""

    templates: dict[str, str]
    signs: set[str]
    max_variable: int | None = None
    _defaults: tuple[dict[str, str], set[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._defaults = (dict(self.templates), set(self.signs))

    def approve(self, templates: Mapping[str, str], signs: Sequence[str]) -> None:
        """Add approved templates and signatures."""
        self.templates.update(templates)
        self.signs.update(signs)

    def restore(self) -> None:
        """Go back to the templates the simulator started with."""
        self.templates, self.signs = dict(self._defaults[0]), set(self._defaults[1])
        self.max_variable = None

    def render_named(self, code: str, sign: str, values: Mapping[str, str]) -> str | Fault:
        """The text a phone would show, for parameters given by name."""
        return self._render(code, sign, values, NAMED)

    def render_positional(self, code: str, sign: str, values: Sequence[str]) -> str | Fault:
        """The text a phone would show, for parameters given by position; the count must match."""
        wanted = set(POSITIONAL.findall(self.templates.get(code, "")))
        if code in self.templates and len(wanted) != len(values):
            return Fault.MISSING_PARAMETERS
        named = {str(place): value for place, value in enumerate(values, start=1)}
        return self._render(code, sign, named, POSITIONAL)

    def _render(
        self, code: str, sign: str, values: Mapping[str, str], hole: re.Pattern[str]
    ) -> str | Fault:
        if sign not in self.signs:
            return Fault.UNKNOWN_SIGN
        if code not in self.templates:
            return Fault.UNKNOWN_TEMPLATE
        template = self.templates[code]
        if any(name not in values for name in hole.findall(template)):
            return Fault.MISSING_PARAMETERS
        if self.max_variable and any(len(value) > self.max_variable for value in values.values()):
            return Fault.TOO_LONG
        # What is read out has no signature before it.
        signed = f"【{sign}】" if sign else ""
        return signed + hole.sub(lambda found: values[found.group(1)], template)


def aliyun_book() -> TemplateBook:
    """The templates approved by Aliyun at the start."""
    return TemplateBook(dict(DEFAULT_NAMED), {credentials.ALIYUN_SIGN_NAME})


def tencent_book() -> TemplateBook:
    """The templates approved by Tencent at the start."""
    return TemplateBook(dict(DEFAULT_POSITIONAL), {credentials.TENCENT_SIGN_NAME})


def all_books() -> dict[str, TemplateBook]:
    """What every platform that approves texts has approved at the start, by gateway."""
    return {
        "aliyun-sms": aliyun_book(),
        "tencent-sms": tencent_book(),
        "huawei-sms": TemplateBook(dict(DEFAULT_HUAWEI), {credentials.HUAWEI_SIGN_NAME}),
        "aliyun-voice": TemplateBook(dict(DEFAULT_SPOKEN_NAMED), {""}),
        "tencent-voice": TemplateBook(dict(DEFAULT_SPOKEN_POSITIONAL), {""}),
    }
