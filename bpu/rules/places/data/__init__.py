"""The region files, and the command that builds them."""
