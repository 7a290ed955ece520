"""Paid registrations become months of a ledger, with the money that came for them; and what a share of a bill is for.

What was paid late counts from the month in which the money arrived: nobody has bought a month that was over.
"""

import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

from peewee import Database, PostgresqlDatabase

from bpu.models.database import keyring
from bpu.rules.calendar import months_from
from bpu.rules.money.contributions import Catalogue
from bpu.secrecy import spoken_name

WIB = timezone(timedelta(hours=7))
TABLES = (
    'CREATE TABLE "contribution" ("registration_id" TEXT NOT NULL, "month" TEXT NOT NULL, "programmes" TEXT NOT NULL, '
    '"base" {int} NOT NULL, "price" INTEGER NOT NULL CHECK (price >= 0), "paid" {int} NOT NULL, "bill_id" TEXT, '
    '"channel" TEXT NOT NULL, PRIMARY KEY ("registration_id", "month"), '
    'FOREIGN KEY ("registration_id") REFERENCES "registration" ("uid") ON DELETE CASCADE, '
    'FOREIGN KEY ("bill_id") REFERENCES "bill" ("uid") ON DELETE SET NULL){strict}',
    'CREATE INDEX "contribution_registration_id" ON "contribution" ("registration_id")',
    'CREATE INDEX "contribution_bill_id" ON "contribution" ("bill_id")',
    'CREATE TABLE "received" ("uid" TEXT NOT NULL PRIMARY KEY, "registration_id" TEXT, "payment_id" TEXT, '
    '"amount" {int} NOT NULL CHECK (amount <> 0), "at" {int} NOT NULL, '
    'FOREIGN KEY ("registration_id") REFERENCES "registration" ("uid") ON DELETE SET NULL, '
    'FOREIGN KEY ("payment_id") REFERENCES "payment" ("uid") ON DELETE RESTRICT){strict}',
    'CREATE INDEX "received_registration_id" ON "received" ("registration_id")',
    'CREATE INDEX "received_payment_id" ON "received" ("payment_id")',
    'CREATE TABLE "changed" ("uid" TEXT NOT NULL PRIMARY KEY, "registration_id" TEXT NOT NULL, "kind" TEXT NOT NULL '
    "CHECK (kind IN ('facts','death','jht_withdrawn','own_wish','office','stop')), "
    '"facts_sealed" {blob}, "at" {int} NOT NULL, "channel" TEXT NOT NULL, '
    'FOREIGN KEY ("registration_id") REFERENCES "registration" ("uid") ON DELETE CASCADE){strict}',
    'CREATE INDEX "changed_registration_id" ON "changed" ("registration_id")',
)
SHARE = (
    'CREATE TABLE "share_anew" ("bill_id" TEXT NOT NULL, "registration_id" TEXT NOT NULL, '
    '"amount" INTEGER NOT NULL CHECK (amount > 0), {more}PRIMARY KEY ("bill_id", "registration_id"), '
    'FOREIGN KEY ("bill_id") REFERENCES "bill" ("uid") ON DELETE RESTRICT, '
    'FOREIGN KEY ("registration_id") REFERENCES "registration" ("uid") ON DELETE RESTRICT) STRICT'
)
SETTLED = (
    "SELECT share.amount, bill.uid, payment.uid, payment.provider FROM share JOIN bill ON bill.uid = share.bill_id "
    "LEFT JOIN payment ON payment.bill_id = bill.uid AND payment.settled "
    "WHERE share.registration_id = ? AND bill.status = 'paid'"
)
OF_SHARE = {"months": "INTEGER", "first_month": "TEXT"}


def up(_migrator: Any, db: Database) -> None:
    """Make the tables and bring every paid registration over."""
    postgres = isinstance(db, PostgresqlDatabase)
    words = {"int": "BIGINT" if postgres else "INTEGER", "blob": "BYTEA" if postgres else "BLOB"}
    for statement in TABLES:
        db.execute_sql(statement.format(**words, strict="" if postgres else " STRICT"))
    if postgres:
        for column, kind in OF_SHARE.items():
            db.execute_sql(f'ALTER TABLE "share" ADD COLUMN "{column}" {kind}')
    else:
        _share_anew(db, "".join(f'"{column}" {kind}, ' for column, kind in OF_SHARE.items()), ", NULL, NULL")
    catalogue = Catalogue.load()
    for row in db.execute_sql(
        "SELECT uid, job_sealed, programmes, transport, discount, first_month, months, paid FROM registration "
        "WHERE status IN ('paid','active')"
    ).fetchall():
        _bring_over(db, catalogue, *row)


def down(_migrator: Any, db: Database) -> None:
    """Forget months, what came for whom, and changes."""
    for table in ("changed", "received", "contribution"):
        db.execute_sql(f'DROP TABLE "{table}"')
    if isinstance(db, PostgresqlDatabase):
        for column in OF_SHARE:
            db.execute_sql(f'ALTER TABLE "share" DROP COLUMN "{column}"')
    else:
        _share_anew(db, "", "")


def _share_anew(db: Database, more: str, values: str) -> None:
    """Write the table again: SQLite cannot add a column before the constraints of a table."""
    db.execute_sql(SHARE.format(more=more))
    db.execute_sql(f'INSERT INTO "share_anew" SELECT "bill_id", "registration_id", "amount"{values} FROM "share"')  # noqa: S608
    db.execute_sql('DROP TABLE "share"')
    db.execute_sql('ALTER TABLE "share_anew" RENAME TO "share"')
    for column in ("bill_id", "registration_id"):
        db.execute_sql(f'CREATE INDEX "share_{column}" ON "share" ("{column}")')


def _bring_over(
    db: Database,
    catalogue: Catalogue,
    uid: str,
    job: bytes,
    programmes: str,
    transport: bool,
    discount: bool,
    first: str,
    months: int,
    paid: int,
) -> None:
    """The months of one paid registration, at their prices or, where another sum was paid, in even parts."""
    income = json.loads(keyring().open(job, f"registration.job_sealed|{uid}"))["income"]
    came = datetime.fromtimestamp(paid / 1000, WIB).date().replace(day=1)
    row = months_from(max(date.fromisoformat(f"{first[:7]}-01"), came), months)
    quote = catalogue.quote(
        programmes.split(","),
        income,
        transport=bool(transport),
        discount=bool(discount),
        first_month=row[0],
        months=months,
    )
    mark = db.param
    money = db.execute_sql(SETTLED.replace("?", mark), (uid,)).fetchone()
    amount, bill, payment, channel = money or (quote.total, None, None, None)
    prices = [month.due for month in quote.months]
    if amount != quote.total:
        prices = [amount // months] * months
        prices[-1] += amount - sum(prices)
    for month, price in zip(row, prices, strict=True):
        base = catalogue.base(income, month)
        values = (uid, month.isoformat(), programmes, base, price, paid, bill, channel or "")
        db.execute_sql(f"INSERT INTO contribution VALUES ({', '.join([mark] * len(values))})", values)  # noqa: S608
    received = (spoken_name(10), uid, payment, amount, paid)
    db.execute_sql(f"INSERT INTO received VALUES ({', '.join([mark] * len(received))})", received)  # noqa: S608
