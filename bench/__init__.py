"""What a step and a journey cost beside bare Temporal: arguments in, JSON out. Only ratios mean something."""
