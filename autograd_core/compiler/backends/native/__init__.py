"""Native code: a small C library, built when the package is installed, that runs loop nests."""
