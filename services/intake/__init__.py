"""Takes reports in through every door, checks them, and writes them to the lanes of the event topic."""
