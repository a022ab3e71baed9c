"""The registry's tables, revision by revision."""
