"""How to reach Kafka: one reading of the settings for the three clients that speak to it."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.conn import create_conn
from aiokafka.errors import AuthenticationFailedError, KafkaConnectionError, SaslAuthenticationFailed
from aiokafka.errors import KafkaError as AsyncKafkaError
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from streams.errors import UnavailableError, UsageError
from streams.settings import Settings

CONNECT_S: Final = 8.0
"""How long a first connection may take before it is a failure: short of the 15 s that are promised."""


def servers_of(settings: Settings) -> list[str]:
    if settings.kafka is None:
        raise UsageError("no broker: give --kafka HOST:PORT or set VIGIE_KAFKA")
    servers = [each.strip() for each in settings.kafka.split(",") if each.strip()]
    for server in servers:
        host, _, port = server.rpartition(":")
        if not host or not port.isdecimal():
            raise UsageError(f"--kafka {server!r}: it must be HOST:PORT, several with commas between")
    return servers


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    if not settings.kafka_security.endswith("ssl"):
        return None
    try:
        return ssl.create_default_context(cafile=settings.kafka_ca)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"VIGIE_KAFKA_CA {settings.kafka_ca}: {error}") from None


def client_options(settings: Settings) -> dict[str, Any]:
    """Options that kafka-python and aiokafka share, the secret among them: never log these."""
    options: dict[str, Any] = {
        "bootstrap_servers": servers_of(settings),
        "security_protocol": settings.kafka_security.upper(),
    }
    tls = tls_of(settings)
    if tls is not None:
        options["ssl_context"] = tls
    if settings.kafka_security.startswith("sasl"):
        user, password = credentials_of(settings)
        options |= {
            "sasl_mechanism": settings.kafka_mechanism,
            "sasl_plain_username": user,
            "sasl_plain_password": password,
        }
    return options


def credentials_of(settings: Settings) -> tuple[str, str]:
    if settings.kafka_user is None or settings.kafka_password is None:
        raise UsageError(
            f"VIGIE_KAFKA_SECURITY is {settings.kafka_security}: "
            "set VIGIE_KAFKA_USER and VIGIE_KAFKA_PASSWORD too"
        )
    return settings.kafka_user, settings.kafka_password.get_secret_value()


def probe(settings: Settings) -> None:
    """Is there a broker that speaks with us? The clients themselves would try for ever, or hide why not.

    Raises:
        UnavailableError: nobody answers, or whoever answers refuses us, said in a sentence.
    """
    reasons = asyncio.run(_reasons(settings))
    if None not in reasons:
        raise UnavailableError(next(filter(None, reversed(reasons))))


async def _reasons(settings: Settings) -> list[str | None]:
    """For each server why it cannot be used; a single None as soon as one can."""
    options = client_options(settings)
    reasons: list[str | None] = []
    for server in options.pop("bootstrap_servers"):
        host, _, port = server.rpartition(":")
        try:
            async with asyncio.timeout(CONNECT_S):
                connection = await create_conn(host, int(port), client_id="vigie", **options)
        except (SaslAuthenticationFailed, AuthenticationFailedError):
            reasons.append(f"the broker at {server} refuses user {settings.kafka_user!r} or its password")
        except ssl.SSLError as error:
            reasons.append(f"the broker at {server} does not speak TLS as expected: {error.reason}")
        except (KafkaConnectionError, OSError, TimeoutError):
            reasons.append(f"no broker answers at {server}")
        except AsyncKafkaError as error:
            reasons.append(f"the broker at {server} cannot be used: {type(error).__name__}: {error}")
        else:
            connection.close()
            return [None]
    return reasons


def admin_of(settings: Settings) -> KafkaAdminClient:
    """A connected administration client; the caller closes it.

    Raises:
        UnavailableError: see `probe`.
    """
    probe(settings)
    # What it has to say about the broker is said in the sentences that we raise.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    try:
        return KafkaAdminClient(
            **client_options(settings),
            client_id="vigie",
            bootstrap_timeout_ms=int(CONNECT_S * 1000),
            request_timeout_ms=int(CONNECT_S * 1000),
        )
    except (KafkaError, OSError) as error:
        raise UnavailableError(refusal(settings, error)) from None


def refusal(settings: Settings, error: BaseException) -> str:
    """Why a broker that answers cannot be used after all."""
    where = ", ".join(servers_of(settings))
    return f"the broker at {where} cannot be used: {type(error).__name__}: {error}"


def async_producer(settings: Settings, *, max_request_bytes: int) -> AIOKafkaProducer:
    """The agents' producer, not started. Every record is acknowledged by all replicas in sync.

    Without idempotence on purpose: aiokafka sends one batch a partition at a time, so order stays
    without it, repeats are harmless here, and a producer that lost its sequence could not go on.
    """
    return AIOKafkaProducer(
        **client_options(settings),
        client_id="vigie",
        acks="all",
        linger_ms=2,
        max_batch_size=256 * 1024,
        max_request_size=max_request_bytes,
        request_timeout_ms=20_000,
    )


async def started(producer: AIOKafkaProducer, *, retry_s: float = 1.0) -> AIOKafkaProducer:
    """Start the producer, as often as it takes: a broker that restarts comes back."""
    while True:
        try:
            await producer.start()
        except Exception as error:
            logging.getLogger(__name__).warning("the broker does not answer: %s", type(error).__name__)
            await asyncio.sleep(retry_s)
        else:
            return producer
