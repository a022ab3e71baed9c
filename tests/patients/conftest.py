from __future__ import annotations

import pytest

from ledger.database import Database
from registry.patients.domain import PatientDomain
from registry.service import Registry
from tests.patients.hospital import Hospital
from tests.registry.conftest import (  # noqa: F401
    database,
    registry_on_postgresql,
    registry_on_sqlite,
)
from tests.registry.samples import PATIENT

DOMAIN = PatientDomain(
    authorities=frozenset({PATIENT.authority, "1.2.250.1.213.1.4.77"}),
    namespaces={"REGION": PATIENT.authority},
    is_open=False,
)


@pytest.fixture
def hospital(database: Database) -> Hospital:  # noqa: F811
    """A registry that knows the patients of its feeds only, on each dialect in turn."""
    return Hospital(Registry(database, domain=DOMAIN), database)
