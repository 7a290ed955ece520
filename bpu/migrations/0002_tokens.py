"""What a token before a rotation may still repeat, and when a browser was last used for a draft."""

from typing import Any

from peewee import Database, PostgresqlDatabase

HOLDING = (
    'CREATE TABLE "holding_anew" ("visit_id" INTEGER NOT NULL, "draft_id" TEXT NOT NULL, "since" INTEGER NOT NULL, '
    '{seen}PRIMARY KEY ("visit_id", "draft_id"), '
    'FOREIGN KEY ("visit_id") REFERENCES "visit" ("id") ON DELETE CASCADE, '
    'FOREIGN KEY ("draft_id") REFERENCES "draft" ("uid") ON DELETE CASCADE) STRICT'
)
INDEXES = ("visit_id", "draft_id")


def up(_migrator: Any, db: Database) -> None:
    """Browsers of before keep what they hold, as if they had been used when they began."""
    blob, moment = ("BYTEA", "BIGINT") if isinstance(db, PostgresqlDatabase) else ("BLOB", "INTEGER")
    db.execute_sql(f'ALTER TABLE "visit" ADD COLUMN "repeats" {blob}')
    db.execute_sql(f'ALTER TABLE "visit" ADD COLUMN "rotated" {moment}')
    if isinstance(db, PostgresqlDatabase):
        db.execute_sql('ALTER TABLE "holding" ADD COLUMN "seen" BIGINT')
        db.execute_sql('UPDATE "holding" SET "seen" = "since"')
        db.execute_sql('ALTER TABLE "holding" ALTER COLUMN "seen" SET NOT NULL')
    else:
        anew(db, '"seen" INTEGER NOT NULL, ', '"visit_id", "draft_id", "since", "since"')


def down(_migrator: Any, db: Database) -> None:
    """Forget both."""
    if isinstance(db, PostgresqlDatabase):
        db.execute_sql('ALTER TABLE "holding" DROP COLUMN "seen"')
    else:
        anew(db, "", '"visit_id", "draft_id", "since"')
    for column in ("repeats", "rotated"):
        db.execute_sql(f'ALTER TABLE "visit" DROP COLUMN "{column}"')


def anew(db: Database, seen: str, columns: str) -> None:
    """Write the table again: SQLite cannot add a column that must not be empty before the constraints of a table."""
    db.execute_sql(HOLDING.format(seen=seen))
    db.execute_sql(f'INSERT INTO "holding_anew" SELECT {columns} FROM "holding"')  # noqa: S608
    db.execute_sql('DROP TABLE "holding"')
    db.execute_sql('ALTER TABLE "holding_anew" RENAME TO "holding"')
    for column in INDEXES:
        db.execute_sql(f'CREATE INDEX "holding_{column}" ON "holding" ("{column}")')
