"""The intermediate representation: programs, how they are recorded, and how they print."""
