"""Assessment rounds from the command line: registers in, counts from the log out."""
