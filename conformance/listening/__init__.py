"""Plays Document Registry, Document Repository and identity feed for those who send to them."""
