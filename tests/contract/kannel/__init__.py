"""The Kannel lane: a gateway that operators use, against the simulated SMSC."""
