"""What a report may say, and what is wrong with one that may not pass."""
