"""Creates the topics and tells how far consumers lag, through kafka-python's admin client."""

from __future__ import annotations

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


def main() -> None:
    """Create the topics of the settings: the one-shot job of a deployment."""
    settings = CommonSettings()
    log.configure("topics", settings.log_level, as_json=settings.log_json)
    created = ensure_topics(settings)
    log.get("topics").info("topics.ready", created=created)


if __name__ == "__main__":
    main()
