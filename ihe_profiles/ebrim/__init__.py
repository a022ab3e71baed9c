"""RegRep 3.0 objects and their XML, both ways (OASIS ebRIM and ebRS 3.0)."""
