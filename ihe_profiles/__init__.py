"""What the standards say, as code; no database and no actor's store is known here."""
