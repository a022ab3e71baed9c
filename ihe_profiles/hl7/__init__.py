"""HL7 as patient identity feeds use it: version 2 over MLLP (ITI-8), version 3 (ITI-44)."""
