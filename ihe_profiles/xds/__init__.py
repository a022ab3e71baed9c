"""What XDS metadata is: vocabulary, types, rules, stored queries, errors (ITI TF-3 chapter 4.2)."""
