"""The one verb, accept, and the doors that lead to it."""
