/* What the library shows to Python, and what its files share. */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <stdint.h>

#if defined(_WIN32)
#define PUBLIC __declspec(dllexport)
#else
#define PUBLIC __attribute__((visibility("default")))
#endif

/* The form in which programs are handed over; library.py has the same number. */
enum { ABI = 1 };

#endif
