"""What the repository keeps: its index of documents, and their bytes."""
