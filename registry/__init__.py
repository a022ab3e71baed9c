"""The Document Registry actor (ITI TF-1 10.1.1.3)."""
