"""Partners that move money: banks by SNAP, notices of payment providers, the acquirer of QRIS.

May know settings and the way to call, never a table. `services.money` and `services.banks` knock.
"""
