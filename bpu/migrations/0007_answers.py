"""Which codes were answered, for which block of numbers and address they left: what budgets are counted from."""

from typing import Any

from peewee import Database, PostgresqlDatabase


def up(_migrator: Any, db: Database) -> None:
    """Codes sent before count for nobody's address, and as unanswered until an hour and a day have passed."""
    moment, blob = ("BIGINT", "BYTEA") if isinstance(db, PostgresqlDatabase) else ("INTEGER", "BLOB")
    db.execute_sql(f'ALTER TABLE "sending" ADD COLUMN "answered" {moment}')
    db.execute_sql(f'ALTER TABLE "sending" ADD COLUMN "block" {blob}')
    db.execute_sql("""ALTER TABLE "sending" ADD COLUMN "address" TEXT NOT NULL DEFAULT ''""")
    db.execute_sql('CREATE INDEX "sending_at" ON "sending" ("at")')
    db.execute_sql('CREATE INDEX "sending_address_at" ON "sending" ("address", "at")')


def down(_migrator: Any, db: Database) -> None:
    """Forget it."""
    for index in ("sending_at", "sending_address_at"):
        db.execute_sql(f'DROP INDEX "{index}"')
    for column in ("answered", "block", "address"):
        db.execute_sql(f'ALTER TABLE "sending" DROP COLUMN "{column}"')
