"""What the service does, apart from pages; opened once from the settings by `bpu.services.opened`."""
