"""User assertions: SAML 2.0 in WS-Security headers (ITI-40, ITI TF-2 3.40), and whom they name."""
