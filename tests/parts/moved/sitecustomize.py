"""Read by every Python that starts with this folder in its path: its clock goes on from another day.

Only what Python programs read is moved (datetime, time); programs that are not Python, certificates and waiting times
stay in the present.
"""

import os
import time

if seconds := int(os.environ.get("MOVED_BY", "0")):
    import time_machine

    time_machine.travel(time.time() + seconds, tick=True).start()
