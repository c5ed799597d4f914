"""Journeys of the lane runtime alone, with the smallest possible service."""
