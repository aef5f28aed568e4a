"""The scalar level: a card for each node."""
