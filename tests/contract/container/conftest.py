"""The container lane: no image beside those of the deployment."""

from __future__ import annotations

from testcontainers.core.config import testcontainers_config

# The reaper is an image of its own; closed networks have only the images of the deployment.
testcontainers_config.ryuk_disabled = True
