"""What a code or a link was sent for, so that it proves nothing else."""

from typing import Any

from peewee import Database, PostgresqlDatabase

COLUMNS = (("code", "facts"), ("helped", "approval_facts"))


def up(_migrator: Any, db: Database) -> None:
    """Codes to register with and links that are open now hold no longer: their people ask for another one."""
    blob = "BYTEA" if isinstance(db, PostgresqlDatabase) else "BLOB"
    for table, column in COLUMNS:
        db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN "{column}" {blob}')


def down(_migrator: Any, db: Database) -> None:
    """Forget it."""
    for table, column in COLUMNS:
        db.execute_sql(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
