"""The top floor: settings, assembly, command line, health and metrics."""
