"""Addresses that machines call: banks, payment providers, the core, SMS gateways.

May know the frame and services; no other room. Machines knock, and each says who it is by signature, token or address.
"""

from bpu.settings import Settings
from bpu.web.frame.room import Room


def room(_: Settings) -> Room:
    """The room, whatever the settings."""
    from bpu.web.partners import agency, banks, notices, sms_in, sms_reports

    return Room("partners", banks.bp, notices.bp, agency.bp, sms_reports.bp, sms_in.bp, machine=True)
