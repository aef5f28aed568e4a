"""The engine: nodes, the operations on them, and the sweeps that apply the chain rule."""
