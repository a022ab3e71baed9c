"""What the sample documents say, a module per document."""
