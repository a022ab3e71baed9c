"""The XML namespaces and names of SAML 2.0 assertions (ITI TF-2 3.40)."""

from __future__ import annotations

from typing import Final

SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
SAML1: Final = "urn:oasis:names:tc:SAML:1.0:assertion"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
HL7: Final = "urn:hl7-org:v3"

ASSERTION: Final = f"{{{SAML}}}Assertion"
SIGNATURE: Final = f"{{{DS}}}Signature"
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
HOLDER_OF_KEY: Final = "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key"
X509_SUBJECT_NAME: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
