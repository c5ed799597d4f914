"""sanse case export, sanse verify, sanse evidence-key: evidence that outlives the services."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sanse.escalation.v1 import case_service_pb2, case_service_pb2_grpc
from services.cli.commands.reports import settings_from
from services.cli.context import Official, load_context, metadata
from services.cli.evidence.build import build
from services.cli.evidence.case_file import CaseFile, Supervision
from services.cli.evidence.case_print import print_case
from services.cli.evidence.collect import collect, texts_for
from services.cli.evidence.fonts import (
    PACKAGES,
    FontMissing,
    Fonts,
    LettersMissing,
    find_fonts,
)
from services.cli.evidence.notice_print import (
    NoticeUnknown,
    Parties,
    centre,
    print_notice,
    supervision_of,
)
from services.cli.evidence.seal import KeyWrong, new_key, private_key, public_key, sign
from services.cli.evidence.settings import EvidenceSettings, public_beside
from services.cli.evidence.verify import verify as verify_file
from services.cli.evidence.verify_words import lines
from services.cli.texts import say
from services.common.divisions import Divisions, code_at
from services.common.roster import Roster
from services.common.settings import CommonSettings
from services.common.terms import Tier

_console = Console(soft_wrap=True)


def export(
    case_id: str,
    official: Official,
    out: Annotated[Path, typer.Option("--out", help="案卷文件 · the signed JSON to write")],
    pdf: Annotated[Path | None, typer.Option("--pdf", help="案卷 PDF · the same on paper")] = None,
) -> None:
    """导出签名案卷 · export the signed file of a case."""
    settings = _settings()
    fonts = _fonts(settings) if pdf else None
    if settings.evidence_key is None:
        raise _stop("evidence.no_key")
    try:
        key = private_key(settings.evidence_key)
    except (KeyWrong, OSError) as wrong:
        raise _stop("evidence.key_wrong", path=settings.evidence_key) from wrong
    case_file = read_case(case_id, official)
    content = sign(case_file, key, settings.evidence_key_id)
    _write(out, content)
    if pdf and fonts:
        digest = sha256(content).hexdigest()
        _write(pdf, _printed(lambda: print_case(case_file, digest, fonts)))


def notice(
    case_id: str,
    serial: Annotated[str, typer.Argument(help="督办单编号 · number of the notice")],
    official: Official,
    pdf: Annotated[Path, typer.Option("--pdf", help="PDF")],
) -> None:
    """打印督办通知单 · print a supervision notice."""
    settings = _settings()
    fonts = _fonts(settings)
    case_file = read_case(case_id, official)
    try:
        issued = supervision_of(case_file, serial)
    except NoticeUnknown as unknown:
        raise _stop("evidence.no_notice", serial=serial, allowed=unknown) from unknown
    parties = _parties(case_file, issued)
    _write(pdf, _printed(lambda: print_notice(case_file, issued, parties, fonts)))


def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    key: Annotated[Path | None, typer.Option("--key", help="公钥 · public key (PEM)")] = None,
) -> None:
    """离线核验案卷 · verify a case file offline; exits with 1 when anything does not hold."""
    path = key or _settings().published_key
    try:
        known = public_key(path) if path else None
    except (KeyWrong, OSError) as wrong:
        raise _stop("evidence.key_wrong", path=path) from wrong
    results = verify_file(file.read_bytes(), known)
    for line in lines(results):
        _console.print(line, markup=False, highlight=False)
    if not all(result.holds for result in results):
        raise typer.Exit(1)


def evidence_key(
    file: Annotated[Path, typer.Argument(help="私钥文件 · where to write the private key")],
) -> None:
    """生成案卷签名密钥 · make a key that signs case files; an existing file is never overwritten."""
    private, public = new_key()
    try:
        # Created with its final mode: at no moment can others read it.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as there:
        raise _stop("evidence.key_exists", path=file) from there
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(private)
    public_beside(file).write_bytes(public)
    _console.print(say("evidence.key_made", path=file, public=public_beside(file)))


def read_case(case_id: str, official: str) -> CaseFile:
    """The file of a case that lies in the official's jurisdiction; the service checks that and logs each look.

    Exits with 1 when the chain is not whole: a broken ledger is no evidence.
    """
    context = load_context()
    stub = case_service_pb2_grpc.CaseServiceStub(context.channel("escalation"))
    asked = case_service_pb2.GetCaseRequest(case_id=case_id)
    case = stub.GetCase(asked, metadata=metadata(official)).case
    request = case_service_pb2.GetTimelineRequest(case_id=case_id)
    timeline = stub.GetTimeline(request, metadata=metadata(official))
    if not timeline.chain_whole:
        raise _stop("chain.broken")
    settings = settings_from(CommonSettings, {**os.environ, **context.env})
    found = collect(settings, case, timeline.events)
    return build(found, texts_for(settings, case), official, settings.clock().now_ms())


def _parties(file: CaseFile, issued: Supervision) -> Parties:
    """The unit that issues is the one above the recipient's; at the top the prefecture itself."""
    settings = settings_from(CommonSettings, {**os.environ, **load_context().env})
    divisions, roster = Divisions.load(settings.divisions_file), Roster.load(settings.roster_file)
    tier = Tier[file.ledger[issued.entry - 1].tier.upper()]
    place = file.case.jurisdiction
    above = code_at(place, Tier(min(tier + 1, Tier.PREFECTURE))) or place
    official = roster.get(issued.recipient)
    return Parties(
        centre(divisions.name(above)),
        divisions.name(code_at(place, tier) or place),
        official.post if official else issued.recipient,
    )


def _fonts(settings: EvidenceSettings) -> Fonts:
    try:
        return find_fonts(settings.print_font)
    except FontMissing as missing:
        raise _stop("evidence.no_font", packages=PACKAGES, missing=missing) from missing


def _printed(make: Callable[[], bytes]) -> bytes:
    try:
        return make()
    except LettersMissing as lacking:
        raise _stop("evidence.no_letters", letters=lacking, packages=PACKAGES) from lacking


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    _console.print(say("evidence.written", path=path), markup=False, highlight=False)


def _settings() -> EvidenceSettings:
    return settings_from(EvidenceSettings, {**load_context().env, **os.environ})


def _stop(key: str, **values: object) -> typer.Exit:
    _console.print(say(key, **values), markup=False, highlight=False)
    return typer.Exit(1)
