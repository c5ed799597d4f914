"""Checks and shows the texts of messages before they are sent."""
