"""The pages of subscriptions to events: how each does, its form, and what was sent."""
