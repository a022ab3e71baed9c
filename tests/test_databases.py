"""The test databases are real."""

from __future__ import annotations

import sqlalchemy


def test_the_database_answers(database_url: str) -> None:
    engine = sqlalchemy.create_engine(database_url)
    with engine.connect() as connection:
        assert connection.execute(sqlalchemy.text("select 6 * 7")).scalar() == 42
    engine.dispose()
