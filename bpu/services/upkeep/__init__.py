"""What keeps a running place in order: health, forgetting in time, new keys.

May know every service. The clock (`services.clockwork`) and the operator (`cli`) knock.
"""
