"""Rosters from the command line: tables and calendars in and out, gaps and changes told in words."""
