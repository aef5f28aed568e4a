"""The back-ends: each turns a program into a kernel that runs."""
