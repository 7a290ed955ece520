"""`/bpu` and `/lanjut`: every step through one view, the bill, and coming back.

May know the frame, steps and services; no other room. Browsers knock.
"""
