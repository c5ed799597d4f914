"""A candidate becomes live only when two different signers have signed the very content, backtest and trial."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from services.cli.main import app
from services.common.divisions import Divisions
from services.risk_scoring.adapters.pack_reader import PackError
from services.risk_scoring.adapters.pack_versions import archived, identity, read_lock
from services.risk_scoring.adapters.promotion_files import public_bytes, signed_file
from services.risk_scoring.domain.comparison import Comparison
from services.risk_scoring.domain.pack_identity import canonical
from services.risk_scoring.domain.promotion import Refusal
from services.risk_scoring.service.backtest import Found
from services.risk_scoring.service.backtest_report import Terms, report, report_bytes
from services.risk_scoring.service.promotion import Evidence, promote, sign
from services.risk_scoring.service.rules_lock import check_lock, lock
from services.risk_scoring.service.shadow_report import report as shadow_report
from tests.unit.risk_scoring.candidates import small_pack, written

NAME = "small@2.0.0"


@dataclass
class Desk:
    """A packs folder with a candidate, its evidence, and three keys of which two are on the list."""

    folder: Path
    candidate: Path
    evidence: Evidence
    keys: dict[str, Path]

    def signed_by(self, *names: str) -> None:
        """These sign, each with their own key."""
        for name in names:
            sign(self.folder, self.candidate, self.evidence, self.keys[name], _no_password)

    def refused(self) -> tuple[Refusal, ...]:
        """Why promotion fails; the live pack is as it was."""
        before = (self.folder / "small.yaml").read_bytes()
        done = promote(self.folder, NAME)
        assert (self.folder / "small.yaml").read_bytes() == before
        return done.refused


def _no_password() -> str:
    raise AssertionError("the key is not locked")


def _key(folder: Path, name: str, password: bytes = b"") -> tuple[Path, str]:
    key, file = Ed25519PrivateKey.generate(), folder / f"{name}.pem"
    locked = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    file.write_bytes(key.private_bytes(pem, form, locked))
    return file, base64.b64encode(public_bytes(key)).decode()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Version 1 is live and locked, version 2 in shadow; the head and the deputy may sign."""
    packs = tmp_path / "packs"
    live = written(packs, small_pack())
    lock(packs)
    candidate = written(packs / "shadow", small_pack("2.0.0", red_at=5))
    keys, entries = {}, []
    for name in ("head", "deputy", "stranger"):
        keys[name], public = _key(tmp_path, name)
        post = {"zh": name, "en": name}
        entries.append({"id": f"PF-{name}", "post": post, "public_key": public})
    place = packs / "promotion"
    place.mkdir()
    (place / "signers.yaml").write_text(yaml.safe_dump({"signers": entries[:2]}), encoding="utf-8")
    return Desk(packs, candidate, _evidence(tmp_path, candidate, live), keys)


def _evidence(folder: Path, candidate: Path, live: Path | None, compared: int = 50) -> Evidence:
    one = identity(candidate)
    terms = Terms(one, identity(live) if live else None, 0, Divisions({}), {}, None)
    backtest, shadow = folder / "backtest.json", folder / "shadow.json"
    backtest.write_bytes(report_bytes(report(Found(), terms)))
    trial = shadow_report(Comparison(compared=compared, agree=compared), one, wanted=50)
    shadow.write_bytes(canonical(trial))
    return Evidence(backtest, shadow)


def test_two_signers_make_it_live(desk: Desk) -> None:
    """The candidate takes the live file's place, the old version is in the archive, and both are locked."""
    old, new = (desk.folder / "small.yaml").read_bytes(), desk.candidate.read_bytes()
    desk.signed_by("head", "deputy")
    done = promote(desk.folder, NAME)
    assert done.refused == ()
    assert (desk.folder / "small.yaml").read_bytes() == new
    assert archived(desk.folder, "small", "1.0.0").read_bytes() == old
    assert not desk.candidate.exists()
    assert set(read_lock(desk.folder)) == {"small@1.0.0", NAME} and check_lock(desk.folder) == []


def test_one_signer_is_not_two(desk: Desk) -> None:
    """Unsigned, signed by one, or twice by the same one: refused."""
    assert desk.refused() == (Refusal.NOT_SIGNED,)
    desk.signed_by("head")
    assert desk.refused() == (Refusal.TOO_FEW_SIGNERS,)
    desk.signed_by("head")
    assert desk.refused() == (Refusal.TOO_FEW_SIGNERS,)


def test_a_key_off_the_list_cannot_sign(desk: Desk) -> None:
    """Only a signer of the list can sign; one struck off later counts no more."""
    with pytest.raises(PackError, match="belongs to no signer"):
        desk.signed_by("stranger")
    desk.signed_by("head", "deputy")
    file = desk.folder / "promotion" / "signers.yaml"
    entries = yaml.safe_load(file.read_text())["signers"]
    file.write_text(yaml.safe_dump({"signers": entries[:1]}))
    assert desk.refused() == (
        Refusal.UNKNOWN_SIGNER,
        Refusal.BAD_SIGNATURE,
        Refusal.TOO_FEW_SIGNERS,
    )


def test_a_forged_statement_is_refused(desk: Desk) -> None:
    """Any changed word of the statement breaks both signatures."""
    desk.signed_by("head", "deputy")
    file = signed_file(desk.folder, NAME)
    content = yaml.safe_load(file.read_text())
    content["statement"]["backtest_sha256"] = "0" * 64
    file.write_text(yaml.safe_dump(content))
    assert desk.refused() == (Refusal.BAD_SIGNATURE, Refusal.TOO_FEW_SIGNERS)


def test_a_candidate_changed_after_signing_is_refused(desk: Desk) -> None:
    """What was signed is a content: another one under the same version is not it."""
    desk.signed_by("head", "deputy")
    changed = small_pack("2.0.0", red_at=5)
    changed["recency"]["cap"] = 3
    written(desk.folder / "shadow", changed)
    assert desk.refused() == (Refusal.CONTENT_CHANGED,)


def test_another_live_version_is_refused(desk: Desk) -> None:
    """The backtest was against what was live then."""
    desk.signed_by("head", "deputy")
    written(desk.folder, small_pack("1.1.0"))
    assert desk.refused() == (Refusal.LIVE_MOVED,)


def test_a_used_version_is_refused(desk: Desk) -> None:
    """A version that stands in the archive cannot be taken again."""
    desk.signed_by("head", "deputy")
    home = archived(desk.folder, "small", "2.0.0")
    written(home.parent, small_pack("2.0.0"), home.stem)
    assert desk.refused() == (Refusal.SAME_VERSION,)


def test_without_a_trial_in_shadow_it_is_refused(desk: Desk, tmp_path: Path) -> None:
    """A signature without the comparison does not do, and one upon a short trial cannot be made."""
    short = _evidence(tmp_path, desk.candidate, desk.folder / "small.yaml", compared=49)
    desk.evidence = short
    with pytest.raises(PackError, match="trial in shadow is not complete"):
        desk.signed_by("head")
    desk.evidence = Evidence(short.backtest, None)
    desk.signed_by("head", "deputy")
    assert desk.refused() == (Refusal.NO_SHADOW,)


def test_signatures_upon_other_evidence_do_not_add_up(desk: Desk) -> None:
    """Two signers of two backtests have not signed the same: the second begins anew."""
    desk.signed_by("head")
    with desk.evidence.backtest.open("ab") as file:
        file.write(b" ")
    desk.signed_by("deputy")
    assert desk.refused() == (Refusal.TOO_FEW_SIGNERS,)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda desk: desk.evidence.backtest.write_text("{}"), "of another format"),
        (lambda desk: desk.evidence.backtest.write_text("no json"), "cannot be read"),
        (lambda desk: written(desk.candidate.parent, small_pack("2.0.0")), "another content"),
        (lambda desk: desk.keys["head"].write_text("no key"), "openssl genpkey"),
    ],
)
def test_bad_evidence_is_not_signed(desk: Desk, spoil: Callable[[Desk], object], said: str) -> None:
    """A report of another form or content, and a file that is no key, are refused with the cure."""
    spoil(desk)
    with pytest.raises(PackError, match=said):
        desk.signed_by("head")
    assert not signed_file(desk.folder, NAME).exists()


def test_a_locked_key_asks_for_its_password(desk: Desk, tmp_path: Path) -> None:
    """A key in PEM that is locked by a password is opened with it."""
    locked, public = _key(tmp_path, "locked", b"secret")
    file = desk.folder / "promotion" / "signers.yaml"
    post = {"zh": "甲", "en": "A"}
    entry = {"id": "PF-locked", "post": post, "public_key": public}
    file.write_text(yaml.safe_dump({"signers": [entry]}))
    signer = sign(desk.folder, desk.candidate, desk.evidence, locked, lambda: "secret")
    assert signer.signer_id == "PF-locked"
    with pytest.raises(PackError, match="not a usable private key"):
        sign(desk.folder, desk.candidate, desk.evidence, locked, lambda: "wrong")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([{"id": "a", "post": {"zh": "甲", "en": "A"}, "public_key": "AAAA"}], "wrong length"),
        ([{"id": "a", "post": {"zh": "甲", "en": "A"}, "public_key": "!"}], "not base64"),
        ([{"id": "a", "public_key": "AAAA"}], "post is missing"),
    ],
)
def test_a_bad_list_of_signers_is_refused(
    desk: Desk, entries: list[dict[str, object]], said: str
) -> None:
    """A wrong key or a missing post names the line."""
    file = desk.folder / "promotion" / "signers.yaml"
    file.write_text(yaml.safe_dump({"signers": entries}, allow_unicode=True), encoding="utf-8")
    with pytest.raises(PackError, match=said):
        desk.signed_by("head")


def test_one_key_is_one_signer(desk: Desk) -> None:
    """Two posts with the same key would let one person sign twice: the list is refused."""
    file = desk.folder / "promotion" / "signers.yaml"
    entries = yaml.safe_load(file.read_text())["signers"]
    entries[1]["public_key"] = entries[0]["public_key"]
    file.write_text(yaml.safe_dump({"signers": entries}))
    with pytest.raises(PackError, match="stands twice"):
        desk.signed_by("head")


def test_sign_and_promote_as_commands(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands tell who signed; a refusal is said in both languages and leaves with 1; then it is live."""
    monkeypatch.setenv("SANSE_PACKS_DIR", str(desk.folder))
    monkeypatch.setenv("SANSE_LANG", "en")
    shadow = desk.evidence.shadow
    assert shadow is not None
    for name in ("head", "deputy"):
        words = ["sign", desk.candidate, "--key", desk.keys[name]]
        words += ["--backtest", desk.evidence.backtest, "--shadow", shadow]
        done = CliRunner().invoke(app, ["rules", *map(str, words)])
        assert done.exit_code == 0 and f"PF-{name} has signed {NAME}" in done.output
        promoted = CliRunner().invoke(app, ["rules", "promote", NAME])
        if name == "head":
            assert promoted.exit_code == 1
            assert Refusal.TOO_FEW_SIGNERS.value.zh in promoted.output
            assert Refusal.TOO_FEW_SIGNERS.value.en in promoted.output
    assert promoted.exit_code == 0 and f"{NAME} is live" in promoted.output


def test_every_refusal_speaks_both_languages() -> None:
    """No refusal is silent in either language, and no two say the same."""
    assert all(one.value.zh and one.value.en for one in Refusal)
    assert len({one.value.zh for one in Refusal}) == len(Refusal)
