"""Access policies: rules as data, and what a requester may see by them.

The rules of a policy that concern a requester make a *view*: a small expression over the facts of a
DocumentEntry and the consents of its patient. `holds` evaluates it here; a store compiles the same
expression to its own language.
"""
