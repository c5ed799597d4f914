"""python -m services.risk_scoring"""

from services.risk_scoring.main import main

main()
