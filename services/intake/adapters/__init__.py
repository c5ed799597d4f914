"""Where intake meets Kafka, Redis, protobuf, JSON and files."""
