"""Everything that the first release keeps."""

from bpu.models import TABLES


def up(migrator, db):
    db.create_tables(TABLES)


def down(migrator, db):
    db.drop_tables(list(reversed(TABLES)))
