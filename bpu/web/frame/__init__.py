"""What every page needs: bytes on the wire, headers, head, look, errors, guard, limits, visits.

May know services, never a room: each says in a `Room` what is to be known of it. `create_app` and every room knock.
"""
