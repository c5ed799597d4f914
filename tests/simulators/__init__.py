"""Local gateways that answer as the vendors do, for tests and the demonstration."""
