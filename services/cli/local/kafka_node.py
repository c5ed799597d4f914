"""A single real Apache Kafka node (KRaft) on loopback, run from its jars when no broker is set."""

from __future__ import annotations

import base64
import fcntl
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from services.cli.local.process import LocalProcess, NotReady, answers, free_port, spawn
from services.common.settings import REPOSITORY
from services.common.topics import MAX_RECORD_BYTES

KAFKA_VERSION = "4.1.0"
JAVA_MAJOR = 17
_POM = REPOSITORY / "deploy" / "broker" / "pom.xml"
_LOG4J = """
<Configuration status="ERROR"><Appenders><Console name="out"><PatternLayout pattern="%d %p %c: %m%n"/></Console>
</Appenders><Loggers><Root level="WARN"><AppenderRef ref="out"/></Root></Loggers></Configuration>
"""


@dataclass(slots=True)
class KafkaNode:
    """A running node. Its data survives a restart on the same directory."""

    process: LocalProcess
    port: int
    data_dir: Path

    @property
    def address(self) -> str:
        """host:port for clients."""
        return f"127.0.0.1:{self.port}"

    @classmethod
    def start(cls, data_dir: Path, jars: Path, port: int = 0, *, brief: bool = False) -> KafkaNode:
        """Format the directory when new, start, and wait until the port answers.

        `brief`: for some minutes only, as in tests. Then Java does not spend what the best code would cost to make:
        at 100 events a second a fresh node took 2.8 instead of 5.0 ms of processor time an event.
        """
        port = port or free_port()
        config = _configure(data_dir, port)
        if not (data_dir / "log" / "meta.properties").exists():
            _format(jars, config)
        command = _java(jars, data_dir, "kafka.Kafka", str(config), brief=brief)
        process = spawn("kafka", command, data_dir / "kafka.log")
        process.wait_until(lambda: answers(port), 90)
        return cls(process, port, data_dir)

    def stop(self) -> None:
        """Stop cleanly."""
        self.process.stop()


def ensure_jars(folder: Path) -> Path:
    """Copy the node's jars from Maven Central into `folder` unless they are there.

    NotReady, with what to do, without Java 17, or without Maven or its repository when the jars are not there.
    """
    if java_major() < JAVA_MAJOR:
        raise NotReady(_missing(f"Java {JAVA_MAJOR}", f"openjdk-{JAVA_MAJOR}-jre-headless"))
    if _has_jars(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    # One process at a time: whoever comes second finds the jars there, all of them.
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _has_jars(folder):
            _copy_jars(folder)
    return folder


def _has_jars(folder: Path) -> bool:
    return (folder / f"kafka_2.13-{KAFKA_VERSION}.jar").exists()


def _copy_jars(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NotReady(_missing("Maven", "maven"))
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    command = [
        maven,
        "-q",
        "-B",
        "-Dstyle.color=never",
        "-f",
        str(_POM),
        "dependency:copy-dependencies",
    ]
    copied = subprocess.run([*command, f"-DoutputDirectory={fresh}"], check=False)
    if copied.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise NotReady(_missing("a Maven repository that answers", "maven"))
    if folder.exists():
        shutil.rmtree(folder)
    fresh.rename(folder)


def java_major() -> int:
    """The major version of the Java on the path, 0 without one."""
    if shutil.which("java") is None:
        return 0
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    return int(found.group(1)) if found else 0


def _missing(what: str, package: str) -> str:
    return (
        f"未设置消息代理（SANSE_KAFKA），本机 Kafka 节点又缺少 {what}："
        f"请安装（apt-get install {package}），或设置 SANSE_KAFKA；只想试用：make embedded"
        f" / no broker is set (SANSE_KAFKA), and for a local Kafka node {what} is missing: "
        f"apt-get install {package}, or set SANSE_KAFKA; only to try it out: make embedded"
    )


def _configure(data_dir: Path, port: int) -> Path:
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "log4j2.xml").write_text(_LOG4J)
    config = data_dir / "server.properties"
    # Anew at each start: the ports of the last one may be taken now.
    config.write_text(_properties(data_dir, port, free_port()))
    return config


def _properties(data_dir: Path, port: int, controller_port: int) -> str:
    values = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(data_dir / "log"),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "auto.create.topics.enable": "false",
        "message.max.bytes": str(MAX_RECORD_BYTES),
        "replica.fetch.max.bytes": str(MAX_RECORD_BYTES),
    }
    return "".join(f"{key}={value}\n" for key, value in values.items())


def _format(jars: Path, config: Path) -> None:
    cluster = base64.urlsafe_b64encode(os.urandom(16)).rstrip(b"=").decode()
    command = _java(
        jars,
        config.parent,
        "kafka.tools.StorageTool",
        "format",
        f"--cluster-id={cluster}",
        "-c",
        str(config),
        brief=True,
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NotReady(f"kafka could not format {config.parent}: {done.stdout}{done.stderr}")


def _java(jars: Path, data_dir: Path, main_class: str, *arguments: str, brief: bool) -> list[str]:
    options = [
        "-Xmx768m",
        "-Xms256m",
        "-XX:+UseSerialGC",
        f"-Dlog4j2.configurationFile={data_dir}/log4j2.xml",
        *(["-XX:TieredStopAtLevel=1"] if brief else []),
    ]
    return ["java", *options, "-cp", f"{jars}/*", main_class, *arguments]
