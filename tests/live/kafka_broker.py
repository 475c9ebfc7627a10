"""Apache Kafka from its Maven jars: one broker and controller in one Java process, in about four seconds."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

POM: Final = Path(__file__).resolve().parents[1] / "pom.xml"
JARS: Final = POM.parents[1] / "build" / "kafka"
START_S: Final = 60.0

_PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{sasl_listener}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{sasl_listener}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT
sasl.enabled.mechanisms=PLAIN
listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
username="vigie" password="right" user_vigie="right";
log.dirs={logs}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""

_LOGGING: Final = """\
status=error
appender.console.type=Console
appender.console.name=console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %p %c{{1}} %m%n
rootLogger.level=warn
rootLogger.appenderRef.console.ref=console
"""


class NoKafkaError(Exception):
    """There is no Kafka to test with; `str()` says how to get one."""


def jars() -> str:
    """Class path of Kafka, fetched through Maven the first time."""
    if shutil.which("java") is None:
        raise NoKafkaError(
            "the live tests need Java 17 (apt-get install openjdk-17-jre-headless maven), "
            "or VIGIE_TEST_KAFKA=HOST:PORT"
        )
    JARS.mkdir(parents=True, exist_ok=True)
    with (JARS / ".lock").open("w") as lock:
        # Two test runs at once fetch once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = JARS / ".ready"
        if not ready.exists() or ready.stat().st_mtime < POM.stat().st_mtime:
            _fetch()
            ready.touch()
    return f"{JARS}/*"


def _fetch() -> None:
    if shutil.which("mvn") is None:
        raise NoKafkaError(
            "the live tests need Maven once, to fetch Kafka (apt-get install maven), "
            "or VIGIE_TEST_KAFKA=HOST:PORT"
        )
    command = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={JARS}", "-DincludeScope=runtime"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode != 0:
        raise NoKafkaError(f"Maven could not fetch Kafka: {done.stdout[-600:]}")


def stopped(thread: Path) -> bool:
    return (thread / "stat").read_text().rpartition(")")[2].split()[0] == "T"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Broker:
    """`address` is for `--kafka`; `sasl_address` wants user vigie, password right (own brokers alone)."""

    address: str
    sasl_address: str | None = None
    folder: Path | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def named(cls, address: str) -> Self:
        return cls(address)

    @classmethod
    def start(cls, folder: Path) -> Self:
        """Format a log directory and wait until the broker listens.

        Raises:
            NoKafkaError: a part is missing, or the broker does not start; its log is in the text.
        """
        classpath = jars()
        port, controller, sasl = free_port(), free_port(), free_port()
        (folder / "server.properties").write_text(
            _PROPERTIES.format(
                port=port,
                controller=controller,
                logs=folder / "logs",
                sasl_listener=f",SASL://127.0.0.1:{sasl}",
            )
        )
        (folder / "log4j2.properties").write_text(_LOGGING.format())
        tool = ["java", f"-Dlog4j2.configurationFile={folder}/log4j2.properties", "-cp", classpath]
        identity = subprocess.run(
            [*tool, "kafka.tools.StorageTool", "random-uuid"], capture_output=True, text=True, check=True
        ).stdout.split()[-1]
        subprocess.run(
            [*tool, "kafka.tools.StorageTool", "format", "-t", identity, "-c", f"{folder}/server.properties"],
            capture_output=True,
            check=True,
        )
        self = cls(f"127.0.0.1:{port}", f"127.0.0.1:{sasl}", folder)
        self.resume()
        return self

    @property
    def ours(self) -> bool:
        return self.folder is not None

    def resume(self) -> None:
        """Start on the log directory, where everything still is."""
        assert self.folder is not None
        with (self.folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    "java",
                    "-Xms256m",
                    "-Xmx512m",
                    f"-Dlog4j2.configurationFile={self.folder}/log4j2.properties",
                    "-cp",
                    jars(),
                    "kafka.Kafka",
                    f"{self.folder}/server.properties",
                ],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + START_S
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > until:
                log_tail = (self.folder / "broker.log").read_text(errors="replace")[-1500:]
                raise NoKafkaError(f"Kafka does not start: {log_tail}")
            time.sleep(0.05)

    def _listens(self) -> bool:
        host, _, port = self.address.rpartition(":")
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex((host, int(port))) == 0

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It answers nobody, and closes no connection either."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        threads = Path(f"/proc/{self._process.pid}/task")
        # On a busy machine its threads stop one after the other.
        while any(not stopped(each) for each in threads.iterdir()):
            time.sleep(0.01)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """End the process and wait for it."""
        if self._process is not None:
            os.kill(self._process.pid, sign)
            self._process.wait(timeout=60)
            self._process = None
