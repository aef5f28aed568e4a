"""From the data of a picture to SVG, PNG and PDF."""
