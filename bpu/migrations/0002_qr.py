"""The QRIS codes of bills."""

from typing import Any

from peewee import Database, PostgresqlDatabase

COLUMNS = '"bill_id" TEXT NOT NULL PRIMARY KEY, "content" TEXT NOT NULL, "reference" TEXT NOT NULL, "at"'
BILL = 'FOREIGN KEY ("bill_id") REFERENCES "bill" ("uid") ON DELETE CASCADE'


def up(_migrator: Any, db: Database) -> None:
    """Add the table."""
    moment, strict = ("BIGINT", "") if isinstance(db, PostgresqlDatabase) else ("INTEGER", " STRICT")
    db.execute_sql(f'CREATE TABLE IF NOT EXISTS "qr" ({COLUMNS} {moment} NOT NULL, {BILL}){strict}')


def down(_migrator: Any, db: Database) -> None:
    """Take it away again."""
    db.execute_sql('DROP TABLE "qr"')
