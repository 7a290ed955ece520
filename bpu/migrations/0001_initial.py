"""Everything that the first release keeps, as it was written for each kind of database."""

import re
from pathlib import Path
from typing import Any

from peewee import Database, PostgresqlDatabase


def up(_migrator: Any, db: Database) -> None:
    """Run the frozen statements, which do not change when the models do."""
    for statement in statements(db):
        db.execute_sql(statement)


def down(_migrator: Any, db: Database) -> None:
    """Take the tables away again, the last one first."""
    for statement in reversed(statements(db)):
        if table := re.match(r'CREATE TABLE ("[a-z_]+")', statement):
            db.execute_sql(f"DROP TABLE {table[1]}")


def statements(db: Database) -> list[str]:
    """The statements for this kind of database, in the order in which they can be run."""
    kind = "postgres" if isinstance(db, PostgresqlDatabase) else "sqlite"
    text = Path(__file__).with_suffix(f".{kind}.sql").read_text()
    return [statement for statement in text.split(";\n") if statement.strip()]
