"""Sample documents with invented patients, made by `python -m samples.generate`."""
