"""What both actors write down beside their work."""
