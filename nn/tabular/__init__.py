"""Tables of people's own."""
