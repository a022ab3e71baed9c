"""Who runs this process, for audit records."""

from __future__ import annotations

import getpass
import os


def user() -> str:
    """Return the name of the account, or its number where it has none, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
