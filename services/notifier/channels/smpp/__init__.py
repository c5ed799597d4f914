"""SMS through an SMSC by SMPP 3.4."""
