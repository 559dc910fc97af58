"""What the API shows: the models of its answers, each made of the read model."""
