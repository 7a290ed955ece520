"""The tables, and how the database behind them is opened and written.

May know secrecy and the clock; no rule and no service. Services knock, and those pages that still ask for themselves.
"""

from bpu.models.audit import Audit
from bpu.models.banks import SnapRequest, SnapToken
from bpu.models.codes import Attempt, Captcha, Code, Sending, Tally
from bpu.models.database import (
    AWAY,
    Row,
    Table,
    close_all,
    database,
    is_uid,
    keyring,
    new_uid,
    on_postgres,
    sealed_columns,
)
from bpu.models.desk import Assistant, Helped, Machine, SignIn, Token, Uploaded
from bpu.models.messages import Outgoing, Simulated
from bpu.models.money import Bill, BillStatus, Payment, Qr, Share
from bpu.models.months import Changed, Contribution, Event, Received
from bpu.models.opening import open_database
from bpu.models.people import Consent, Draft, Exported, Holding, Registration, Status, Visit, locked
from bpu.models.turns import hurry, in_passing, one_at_a_time, writing

TABLES: tuple[type[Table], ...] = (
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
    Qr,
    Contribution,
    Received,
    Changed,
    Exported,
    SnapToken,
    SnapRequest,
    Assistant,
    SignIn,
    Token,
    Machine,
    Helped,
    Uploaded,
)

__all__ = [
    "AWAY",
    "TABLES",
    "Assistant",
    "Attempt",
    "Audit",
    "Bill",
    "BillStatus",
    "Captcha",
    "Changed",
    "Code",
    "Consent",
    "Contribution",
    "Draft",
    "Event",
    "Exported",
    "Helped",
    "Holding",
    "Machine",
    "Outgoing",
    "Payment",
    "Qr",
    "Received",
    "Registration",
    "Row",
    "Sending",
    "Share",
    "SignIn",
    "Simulated",
    "SnapRequest",
    "SnapToken",
    "Status",
    "Tally",
    "Token",
    "Uploaded",
    "Visit",
    "close_all",
    "database",
    "hurry",
    "in_passing",
    "is_uid",
    "keyring",
    "locked",
    "new_uid",
    "on_postgres",
    "one_at_a_time",
    "open_database",
    "sealed_columns",
    "writing",
]
