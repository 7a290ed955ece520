"""What every page needs: bytes on the wire, head, look, errors, guard, limits, visits.

May know services, never a room. `create_app` and every room knock.
"""
