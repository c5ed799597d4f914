"""Runs the auditor."""

from services.escalation.auditor.main import main

main()
