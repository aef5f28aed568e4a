"""Data: samples and how they are split."""
