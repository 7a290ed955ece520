"""Partners that carry messages: SMS gateways, each a profile in `sms.toml`, and the mail relay.

May know settings and `providers.http`, never a table. `services.messages` knocks.
"""
