"""The tables, and how the database behind them is opened and written."""

from bpu.models.database import database, keyring, new_uid, on_postgres, open_database, sealed_columns, writing
from bpu.models.messages import Outgoing, Simulated
from bpu.models.money import Bill, BillStatus, Exported, Payment, Share
from bpu.models.people import Audit, Consent, Draft, Holding, Registration, Status, Visit
from bpu.models.secrets import Attempt, Captcha, Code, Sending, Tally
from bpu.models.snap import SnapRequest, SnapToken

TABLES = (
    Visit,
    Draft,
    Holding,
    Registration,
    Consent,
    Audit,
    Captcha,
    Code,
    Sending,
    Tally,
    Attempt,
    Outgoing,
    Simulated,
    Bill,
    Share,
    Payment,
    Exported,
    SnapToken,
    SnapRequest,
)

__all__ = [
    "TABLES",
    "Attempt",
    "Audit",
    "Bill",
    "BillStatus",
    "Captcha",
    "Code",
    "Consent",
    "Draft",
    "Exported",
    "Holding",
    "Outgoing",
    "Payment",
    "Registration",
    "Sending",
    "Share",
    "Simulated",
    "SnapRequest",
    "SnapToken",
    "Status",
    "Tally",
    "Visit",
    "database",
    "keyring",
    "new_uid",
    "on_postgres",
    "open_database",
    "sealed_columns",
    "writing",
]
