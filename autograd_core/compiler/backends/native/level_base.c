/* The kernels for every processor of the kind that the library was built for. */
#include "machine.h"

#if defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#define NAME_OF(name) name##_base
#define WIDTH 2
#include "level.h"
