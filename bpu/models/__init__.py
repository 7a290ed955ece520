"""The tables, and how the database behind them is opened and written."""

from bpu.models.database import (
    database,
    keyring,
    new_uid,
    on_postgres,
    one_at_a_time,
    open_database,
    sealed_columns,
    writing,
)
from bpu.models.desk import Assistant, Helped, Machine, SignIn, Uploaded
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
    Assistant,
    SignIn,
    Machine,
    Helped,
    Uploaded,
)

__all__ = [
    "TABLES",
    "Assistant",
    "Attempt",
    "Audit",
    "Bill",
    "BillStatus",
    "Captcha",
    "Code",
    "Consent",
    "Draft",
    "Exported",
    "Helped",
    "Holding",
    "Machine",
    "Outgoing",
    "Payment",
    "Registration",
    "Sending",
    "Share",
    "SignIn",
    "Simulated",
    "SnapRequest",
    "SnapToken",
    "Status",
    "Tally",
    "Uploaded",
    "Visit",
    "database",
    "keyring",
    "new_uid",
    "on_postgres",
    "one_at_a_time",
    "open_database",
    "sealed_columns",
    "writing",
]
