"""SMS through a carrier's own gateway by CMPP 2.0 or 3.0 (中国移动短信网关)."""
