"""Readers of report files: CSV, XLSX and NDJSON, row by row."""
