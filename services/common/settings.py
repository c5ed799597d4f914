"""Settings that every service reads from the environment (SANSE_…)."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from services.common.clock import Clock, clock_from
from services.common.topics import TopicNames

REPOSITORY = Path(__file__).resolve().parents[2]


def _deploy_folder() -> Path:
    packaged = REPOSITORY / "services" / "_data" / "deploy"
    return packaged if packaged.exists() else REPOSITORY / "deploy"


class CommonSettings(BaseSettings):
    """Where Kafka, Redis and the data files are; each field is the variable SANSE_<NAME>."""

    # An empty variable is one that is not set: that is how compose hands on what .env leaves open.
    model_config = SettingsConfigDict(
        env_prefix="SANSE_", extra="ignore", frozen=True, env_ignore_empty=True
    )

    kafka: str = "127.0.0.1:9092"
    redis: str = "redis://127.0.0.1:6379/0"
    # Prefix of topics, Redis keys and consumer groups.
    prefix: str = "sanse"
    partitions: int = 8
    replication: int = 1
    # This process's stable identity in its consumer group; a restart with the same one takes its lanes back.
    instance: str = "1"
    clock_file: Path | None = None
    packs_dir: Path = _deploy_folder() / "packs"
    triage_dir: Path = _deploy_folder() / "triage"
    policies_dir: Path = _deploy_folder() / "policies"
    obligations_dir: Path = _deploy_folder() / "obligations"
    monitors_dir: Path = _deploy_folder() / "monitors"
    templates_dir: Path = _deploy_folder() / "templates"
    rounds_dir: Path = _deploy_folder() / "rounds"
    # Without this file there are no support plans, and reports of them are refused.
    support_file: Path = _deploy_folder() / "support" / "categories.yaml"
    # Without this file supervision notices have no official numbers.
    numbering_file: Path = _deploy_folder() / "numbering" / "serials.yaml"
    # Without this file no message is grouped, silenced or delayed.
    storm_file: Path = _deploy_folder() / "storm" / "storm.yaml"
    divisions_file: Path = _deploy_folder() / "examples" / "divisions.csv"
    roster_file: Path = _deploy_folder() / "examples" / "roster.csv"
    # 32 bytes in hex: master key for sealed fields, pseudonyms and link tokens.
    master_key: str = ""
    log_level: str = "INFO"
    log_json: bool = True
    grpc_listen: str = ""
    metrics_port: int = 0
    # TLS for this service's gRPC and HTTP, PEM files; with a client CA, clients must show a certificate (mTLS).
    # The phone page shows the certificate too, but asks for none: a cadre's phone has none.
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    # A step of a worker takes up to so many waiting records; 1 is the naive way, kept for comparison.
    step_records: int = 64
    # How long a worker may be silent before Kafka gives its lanes to another.
    session_timeout_s: float = 10.0

    @property
    def topics(self) -> TopicNames:
        """Full topic names."""
        return TopicNames(self.prefix)

    def clock(self) -> Clock:
        """Real time, or the simulated clock when a clock file is set."""
        return clock_from(self.clock_file)
