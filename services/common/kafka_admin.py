"""Creates the topics and tells how far consumers lag, through kafka-python's admin client."""

from __future__ import annotations

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from services.common import log
from services.common.settings import CommonSettings
from services.common.topics import Topic


def ensure_topics(settings: CommonSettings) -> list[str]:
    """Create the topics that do not exist; gives their names. Existing topics are left as they are."""
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka)
    try:
        existing = set(admin.list_topics())
        missing = [topic for topic in Topic if settings.topics(topic) not in existing]
        if missing:
            admin.create_topics([_new(settings, topic) for topic in missing])
        return [settings.topics(topic) for topic in missing]
    finally:
        admin.close()


def _new(settings: CommonSettings, topic: Topic) -> NewTopic:
    return NewTopic(
        settings.topics(topic),
        num_partitions=settings.partitions,
        replication_factor=settings.replication,
        topic_configs=dict(topic.config),
    )


def lag(settings: CommonSettings, group: str) -> dict[str, int]:
    """Records not yet committed by a consumer group, per topic."""
    consumer = KafkaConsumer(
        bootstrap_servers=settings.kafka, group_id=group, enable_auto_commit=False
    )
    try:
        return {settings.topics(topic): _topic_lag(consumer, settings, topic) for topic in Topic}
    finally:
        consumer.close()


def _topic_lag(consumer: KafkaConsumer, settings: CommonSettings, topic: Topic) -> int:
    parts = [
        TopicPartition(settings.topics(topic), number) for number in range(settings.partitions)
    ]
    ends = consumer.end_offsets(parts)
    return sum(max(0, ends[part] - (consumer.committed(part) or 0)) for part in parts)


def main() -> None:
    """Create the topics of the settings: the one-shot job of a deployment."""
    settings = CommonSettings()
    log.configure("topics", settings.log_level, as_json=settings.log_json)
    created = ensure_topics(settings)
    log.get("topics").info("topics.ready", created=created)


if __name__ == "__main__":
    main()
