"""The region files, and the command that builds them.

May know nothing of the house. `rules.places` reads the files; a maintainer knocks when regions change.
"""
