"""The affinity domain as code: what one community allows, beyond the standard (ITI TF-1 10.4.8).

Value sets come from files or presets; a strictness profile says which rules refuse, which only
warn and which are off; a `Judge` is both, built once and asked about each submission.
"""
