"""Pages around the registration: front page, texts, benefits, health, the sandbox.

May know the frame and services; no other room. Browsers knock.
"""
