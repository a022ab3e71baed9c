"""`make bench`: print each figure beside its floor."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.table import Table

from bench import encrypted, transactions, trust
from bench.row import Row


def main() -> None:
    """Measure and print a table; a document that comes back altered ends it with an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="requests of each writing kind")
    parser.add_argument(
        "--size", type=int, default=1_000_000_000, help="the large document, octets"
    )
    parser.add_argument("--only", choices=("transactions", "encrypted", "trust"))
    parser.add_argument("--alone", type=int, default=2_000_000_000, help="encrypted, octets")
    parser.add_argument("--together", type=int, default=200_000_000, help="each of 16 at once")
    options = parser.parse_args()
    measures: dict[str, Callable[[], Iterator[Row]]] = {
        "transactions": lambda: transactions.measure(options.count, options.size),
        "encrypted": lambda: encrypted.measure(options.alone, options.together),
    }
    table = Table("measured", "Entente", "floor", "share of the floor", "resident memory")
    for name, rows in measures.items():
        for row in rows() if options.only in (None, name) else ():
            table.add_row(row.name, row.figure, row.floor, f"{row.ratio:.2f}", row.memory)
    console = Console(width=170)
    if table.row_count:
        console.print(table)
    if options.only in (None, "trust"):
        console.print(trust.table(options.count))


if __name__ == "__main__":
    main()
