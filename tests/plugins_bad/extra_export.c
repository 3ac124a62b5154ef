/* Exports more than the entry: built without the version script. */
#include "bad_plugin.c"
int helper_that_everyone_can_see(int x);
int helper_that_everyone_can_see(int x) { return x + 1; }
