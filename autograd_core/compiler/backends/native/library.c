/* Which library this is: library.py refuses one of another form, or of other sources. */
#include "library.h"

PUBLIC int32_t native_abi(void) { return ABI; }

PUBLIC uint32_t native_sources(void) { return SOURCES; }
