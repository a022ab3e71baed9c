"""The repository's tables, revision by revision."""
