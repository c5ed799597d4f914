"""What SMS gateways with a lasting connection have in common: a line that carries parts and brings receipts."""
