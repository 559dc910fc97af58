"""What a person may ask for: everything that is held on them."""
