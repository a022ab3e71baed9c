"""`make bench`: print each figure beside its floor."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from bench import encrypted, transactions


def main() -> None:
    """Measure and print a table; a document that comes back altered ends it with an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="requests of each writing kind")
    parser.add_argument(
        "--size", type=int, default=1_000_000_000, help="the large document, octets"
    )
    parser.add_argument("--only", choices=("transactions", "encrypted"))
    parser.add_argument("--alone", type=int, default=2_000_000_000, help="encrypted, octets")
    parser.add_argument("--together", type=int, default=200_000_000, help="each of 16 at once")
    options = parser.parse_args()
    measures = {
        "transactions": lambda: transactions.measure(options.count, options.size),
        "encrypted": lambda: encrypted.measure(options.alone, options.together),
    }
    table = Table("measured", "Entente", "floor", "share of the floor", "resident memory")
    for name in [options.only] if options.only else measures:
        for row in measures[name]():
            table.add_row(row.name, row.figure, row.floor, f"{row.ratio:.2f}", row.memory)
    Console(width=170).print(table)


if __name__ == "__main__":
    main()
