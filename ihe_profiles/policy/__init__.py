"""Who may see which document: rules as data, and what they come to for one requester."""
