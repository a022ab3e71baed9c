"""The stored queries of ITI-18 that this registry offers (ITI TF-2 3.18.4.1.2.3.7)."""
