"""HL7 CDA R2: the header of a document, and the XDS metadata that it gives (IHE PCC TF-2 4.1)."""
