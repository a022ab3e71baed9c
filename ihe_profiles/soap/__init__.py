"""SOAP as IHE profiles it: envelope, addressing, MTOM, server and client (ITI TF-2 V)."""
