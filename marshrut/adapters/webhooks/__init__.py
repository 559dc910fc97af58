"""Speaking to subscribers: which addresses may be spoken to, how a message is signed, and how it is sent."""
