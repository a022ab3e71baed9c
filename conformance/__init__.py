"""A bench that judges any XDS.b system through the wire: what conforms, and what does not."""
