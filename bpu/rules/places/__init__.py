"""Where somebody lives: regions by code, and typed names made to match them.

Pure functions over the villages in `data/`. Forms, steps and services knock.
"""
