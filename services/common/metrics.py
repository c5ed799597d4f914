"""Prometheus metrics that all services share; labels carry reasons, never persons."""

from __future__ import annotations

from prometheus_client import Counter, start_http_server

LANE_EVENTS = Counter("sanse_lane_records_total", "Records by outcome", ["service", "outcome"])
LANE_STEPS = Counter("sanse_lane_steps_total", "Steps stored", ["service"])


def serve(port: int) -> None:
    """Expose metrics on loopback; 0 switches them off."""
    if port:
        start_http_server(port, addr="127.0.0.1")
