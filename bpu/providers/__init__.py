"""The world outside: one class behind one verb for each partner.

May know settings and `http`, never a table. `services.messages`, `money`, `membership` and `banks` knock.
"""

import importlib

MODULES = ("messages.sms", "messages.mail", "money.notices", "money.snap", "money.acquirer", "agency")


class ProviderError(Exception):
    """A partner did not do what was asked; `permanent` says that asking again cannot help.

    The message goes into logs and the operator's page: it never quotes what was sent or what was answered.
    """

    def __init__(self, message: str, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


def documented() -> list[tuple[str, str]]:
    """Name and meaning of each setting that some partner may need: the `NAMES` of the modules here, in their order."""
    modules = (importlib.import_module(f"{__name__}.{module}") for module in MODULES)
    return [pair for module in modules for pair in module.NAMES.items()]


def names() -> frozenset[str]:
    """Every BPU_ name of the environment that some partner may need."""
    return frozenset(name for name, _ in documented())
