"""The Document Repository actor: it keeps documents (ITI TF-1 10.1.1.3)."""
