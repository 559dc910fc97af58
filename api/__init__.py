"""The HTTP side: JSON for people and machines, one route file a resource."""
