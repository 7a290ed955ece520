"""Who gets in: one-time codes, what is counted, signing in.

May know messages and what is below them; nothing of registrations, money or the desk. Everybody above knocks.
"""
