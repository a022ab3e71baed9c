"""Signatures of documents: XML, PDF, and IHE Document Digital Signature (ITI TF-3 5.5)."""
