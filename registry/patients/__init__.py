"""Who the registry's patients are: the domain's rules, the feeds ITI-8 and ITI-44, merges."""
