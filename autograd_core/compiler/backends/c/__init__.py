"""The C back-end: a program as a C file that a person can read, compiled where it is asked for."""
