/* The kernel with 4 lanes, for any processor. */
#define LANES 4
#include "kernel.h"

/* For plan.c. The generated table is the same in every kernel, so one of them is enough. */
int framed_choose_column(int n1, int live, int *chosen_live)
{
    int i = 0;
    while (columns[i].n1 != n1 || columns[i].live < live) i++;
    *chosen_live = columns[i].live;
    return i;
}
