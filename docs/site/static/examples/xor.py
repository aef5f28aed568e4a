from nn import MLP, Adam, fit
from playground import boundary, show

inputs = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
targets = [[0.0], [1.0], [1.0], [0.0]]

model = MLP(2, [4, 1], activation="tanh", seed=2)  # try 2 neurons, and other seeds


def watch(model, history):
    if len(history) % 10 == 0:
        title = f"epoch {len(history)}: loss {history.loss[-1]:.3f}"
        show(boundary(model, inputs, targets, title))


fit(
    model,
    inputs,
    targets,
    loss="binary_cross_entropy",
    optimizer=Adam(0.1),
    epochs=200,
    callbacks=[watch],
    compiled=False,
    verbose=False,
)
for x in inputs:
    print(x, f"{model(x)[0].data:.3f}")
