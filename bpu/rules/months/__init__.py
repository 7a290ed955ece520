"""Months: when one is owed and covered, what money buys, and whether somebody is a member and protected.

Pure functions over facts, a ledger and a moment; `calendar` also tells `rules.money` which rows of data hold on a day.
Forms, steps, services and commands knock.
"""
