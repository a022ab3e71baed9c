"""Judges the messages of Document Sources, Document Consumers and Patient Identity Sources."""
