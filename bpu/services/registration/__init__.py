"""A draft from its beginning until it is sent, and what is agreed to on it.

May know money and what is below it. Steps, desk and `web.registration` knock.
"""
