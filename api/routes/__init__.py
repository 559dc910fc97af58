"""One file a resource. Routes know ports and the domain, never SQL or an adapter."""
