"""`entente replace`: submits a new version of a registered document (RPLC, ITI TF-3 4.2.2.2.3)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entente import consumer, source
from entente.cli.connection import Connection
from entente.cli.console import Failed
from entente.cli.description import Description
from entente.cli.document import describe
from entente.cli.options import grouped
from entente.cli.submit import SourceId, reasons, report
from ihe_profiles.xds.errors import Refusal


@grouped
def replace(
    old_id: Annotated[
        str, typer.Argument(metavar="ID", help="entryUUID or uniqueId of the old one.")
    ],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The new version.")],
    connection: Connection,
    description: Description,
    source_id: SourceId = None,
) -> None:
    """Replace a registered document.

    A file that is no CDA takes what the options do not say from the entry that it replaces.
    """
    with connection.open() as services:
        try:
            old = consumer.approved(consumer.get_documents(services.registry, old_id))
            if old is None:
                raise Failed(f"there is no approved document {old_id} to replace")
            provided = source.provide(
                services.repository,
                file,
                describe(file, description, like=old).entry,
                source_id=source_id or source.default_source_id(),
                replaces=old.entry_uuid,
            )
        except (Failed, Refusal, OSError) as error:
            raise Failed(
                f"{file}: not stored", *(f"  {line}" for line in reasons(error))
            ) from error
    report(file, provided, f"  replaces {old.unique_id} ({old.entry_uuid})")
