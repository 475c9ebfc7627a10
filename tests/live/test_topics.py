"""Topics on a real broker."""

from __future__ import annotations

import pytest
from kafka.admin import NewTopic
from pydantic import SecretStr

from streams import topics
from streams.broker import admin_of
from streams.errors import UnavailableError
from streams.settings import Settings
from streams.topics import Topic

pytestmark = pytest.mark.live


def test_create_makes_every_topic_and_a_second_time_none(settings: Settings) -> None:
    assert topics.create(settings) == [topics.name_of(topic, settings) for topic in Topic]
    assert topics.create(settings) == []
    assert topics.counts(settings) == {topic: topics.partitions_of(topic, settings) for topic in Topic}


def test_a_missing_topic_is_named_with_what_to_do(settings: Settings) -> None:
    with pytest.raises(UnavailableError, match=r"has no topic .*mentions.*vigie topics create"):
        topics.counts(settings)


def test_mentions_and_enriched_must_have_as_many_partitions(ready: Settings) -> None:
    other = ready.model_copy(update={"topic_prefix": ready.topic_prefix + "other."})
    admin = admin_of(other)
    try:
        for topic in Topic:
            more = other.model_copy(update={"partitions": 7 if topic is Topic.ENRICHED else 4})
            topics._create(admin, topic, more)
        topics._await(admin, other)
    finally:
        admin.close()
    with pytest.raises(UnavailableError, match="must have as many"):
        topics.counts(other)


def test_what_has_an_order_of_its_own_has_one_partition(settings: Settings) -> None:
    admin = admin_of(settings)
    try:
        admin.create_topics([NewTopic(topics.name_of(Topic.INCIDENTS, settings), 2, 1)])
    finally:
        admin.close()
    topics.create(settings)
    with pytest.raises(UnavailableError, match="incidents has 2 partitions and must have one"):
        topics.counts(settings)


def test_a_dead_broker_is_a_sentence() -> None:
    with pytest.raises(UnavailableError, match=r"no broker answers at 127\.0\.0\.1:9"):
        topics.counts(Settings(kafka="127.0.0.1:9"))


def test_a_wrong_password_is_a_sentence_without_the_password(settings: Settings, broker: object) -> None:
    address = getattr(broker, "sasl_address", None)
    if address is None:
        pytest.skip("the broker of VIGIE_TEST_KAFKA has no listener with a password that we know")
    wrong = Settings(
        kafka=address,
        kafka_security="sasl_plaintext",
        kafka_mechanism="PLAIN",
        kafka_user="vigie",
        kafka_password=SecretStr("wrong"),
    )
    with pytest.raises(UnavailableError, match="refuses user 'vigie' or its password") as caught:
        topics.counts(wrong)
    assert "wrong" not in str(caught.value)
    admin = admin_of(wrong.model_copy(update={"kafka_password": SecretStr("right")}))
    try:
        assert topics.counts_on(admin, settings) == {}
    finally:
        admin.close()
