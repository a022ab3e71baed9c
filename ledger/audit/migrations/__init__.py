"""The audit store's tables, revision by revision."""
