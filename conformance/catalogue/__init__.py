"""The assertions as data, a TOML file for each transaction or part of the standard."""
