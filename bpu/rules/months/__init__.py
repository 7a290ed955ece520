"""Months: when one is owed and covered, and which rows of data hold on a day.

Pure functions over WIB dates. `rules.money`, forms, steps and services knock.
"""
