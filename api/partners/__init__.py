"""What partner organisations are shown, and how they answer."""
