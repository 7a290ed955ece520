"""Months: when one is owed and covered, what money buys, and whether somebody is a member and protected.

Pure functions over facts, a ledger and a moment. May know `rules.money`, which knows nothing of it. Forms, steps,
services and commands knock.
"""
