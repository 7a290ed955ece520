"""From paid to participant: the number, and files for the agency.

May know access and messages; money tells it what was paid, never the other way. `services.money` and `cli` knock.
"""
