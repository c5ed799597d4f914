"""What was sent, to whom, what it cost, and why somebody was not told."""
