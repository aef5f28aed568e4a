from autograd_core import Value, explore

# Change a number: the graph is drawn again.
w = Value(-1.5, "w", role="parameter")
b = Value(0.5, "b", role="parameter")
x = Value(2.0, "x")
target = Value(1.0, "target")

z = w * x + b
z.label = "z"
a = z.sigmoid()
a.label = "a"
loss = (a - target) ** 2
loss.label = "loss"

explore(loss)
