"""What "sanse rules" shows and writes: texts, tables, the page of a backtest."""
