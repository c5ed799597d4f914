"""League tables of units, from the logs: read, counted, and shown in every form."""
