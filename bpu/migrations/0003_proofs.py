"""What an SMS was for, so that its limits can be its own; and since when an attempt has proven its phone."""

from typing import Any

from peewee import Database, PostgresqlDatabase


def up(_migrator: Any, db: Database) -> None:
    """The word `proved` stood in place of a draft's name."""
    moment = "BIGINT" if isinstance(db, PostgresqlDatabase) else "INTEGER"
    db.execute_sql(f'ALTER TABLE "attempt" ADD COLUMN "proved" {moment}')
    db.execute_sql("""UPDATE "attempt" SET "proved" = "created", "draft" = NULL WHERE "draft" = 'proved'""")
    db.execute_sql("""ALTER TABLE "sending" ADD COLUMN "purpose" TEXT NOT NULL DEFAULT 'register'""")


def down(_migrator: Any, db: Database) -> None:
    """Put the word back; what an SMS was for is forgotten."""
    db.execute_sql("""UPDATE "attempt" SET "draft" = 'proved' WHERE "proved" IS NOT NULL""")
    db.execute_sql('ALTER TABLE "attempt" DROP COLUMN "proved"')
    db.execute_sql('ALTER TABLE "sending" DROP COLUMN "purpose"')
