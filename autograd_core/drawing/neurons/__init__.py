"""The neuron level: a card for each neuron."""
