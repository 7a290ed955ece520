"""What is owed and what is paid for it: contributions, relief, bands of income, benefits, occupations.

Pure functions over dated, sourced rows; whole rupiah as `int`. Forms, steps and services knock.
"""
