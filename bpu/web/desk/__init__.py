"""`/asisten`: the pages of those who register others.

May know the frame, steps and services; no other room. Browsers knock, through `door`.
"""
