"""One NIK has at most one registration that is paid for; what is not paid holds none."""

from typing import Any

from peewee import Database

INDEX = 'CREATE UNIQUE INDEX "registration_one_per_nik" ON "registration" ("nik_index") WHERE '


def up(_migrator: Any, db: Database) -> None:
    """What was allowed before is allowed now."""
    db.execute_sql('DROP INDEX "registration_one_per_nik"')
    db.execute_sql(INDEX + "(\"status\" IN ('paid', 'active'))")


def down(_migrator: Any, db: Database) -> None:
    """Unpaid registrations of a NIK that another one has are given up, the newest one stays."""
    db.execute_sql(
        'UPDATE "registration" SET "status" = \'lapsed\' WHERE "status" = \'awaiting\' AND EXISTS ('
        'SELECT 1 FROM "registration" AS "other" WHERE "other"."nik_index" = "registration"."nik_index" '
        'AND "other"."uid" <> "registration"."uid" AND ("other"."status" IN (\'paid\', \'active\') '
        'OR ("other"."status" = \'awaiting\' AND ("other"."submitted", "other"."uid") '
        '> ("registration"."submitted", "registration"."uid"))))'
    )
    db.execute_sql('DROP INDEX "registration_one_per_nik"')
    db.execute_sql(INDEX + "(\"status\" != 'lapsed')")
