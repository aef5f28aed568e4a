"""`python -m autograd_core.compiler.backends.native` builds the library."""

from .build import main

if __name__ == "__main__":
    raise SystemExit(main())
