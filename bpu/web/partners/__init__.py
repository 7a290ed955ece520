"""Addresses that machines call: banks, payment providers, the core, SMS gateways.

May know the frame and services; no other room. Each says who it is by signature, token or address.
"""
