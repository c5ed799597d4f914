"""TLS and mutual TLS of the doors, with certificates made by the tests."""
