"""The backward pass step by step, in a notebook or on a page."""
