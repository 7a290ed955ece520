"""What the service does, apart from pages; opened once from the settings by `bpu.services.opened`.

May know tables, partners and rules; no request and no form. The folders stand in one line, kept by import-linter.
Steps, pages and commands knock.
"""
