"""Prices, bills, payments, and holding the books against those of others.

May know membership, access and messages. Registration, desk and banks knock.
"""
