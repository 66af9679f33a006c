#include "design.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

/* cos(n a) and sin(n a) for n = 0, 1, 2, ... by rotation. */
typedef struct {
    double cos, sin, step_cos, step_sin;
} rotation;

static rotation rotate_by(double angle) { return (rotation){1.0, 0.0, cos(angle), sin(angle)}; }

static void advance(rotation *r)
{
    const double c = r->cos * r->step_cos - r->sin * r->step_sin;
    r->sin = r->sin * r->step_cos + r->cos * r->step_sin;
    r->cos = c;
}

void design_band_stop(double low, double high, int half, float *taps)
{
    rotation l = rotate_by(2 * PI * low), h = rotate_by(2 * PI * high);
    rotation window = rotate_by(PI / half);
    double sum = 0.0, tap = 1.0 - 2 * (high - low); /* an all-pass minus the band */
    for (int n = 0;; n++) {
        tap *= 0.54 + 0.46 * window.cos;
        taps[n] = (float)tap;
        sum += n == 0 ? tap : 2 * tap;
        if (n == half) break;
        advance(&l), advance(&h), advance(&window);
        tap = (l.sin - h.sin) / (PI * (n + 1));
    }
    if (sum < 0)
        for (int n = 0; n <= half; n++) taps[n] = -taps[n];
}

void design_low_pass(double cutoff, int half, float *taps)
{
    rotation c = rotate_by(2 * PI * cutoff), window = rotate_by(PI / (half + 1));
    for (int n = 0; n <= half; n++) {
        const double tap = n == 0 ? 2 * cutoff : c.sin / (PI * n);
        taps[n] = (float)(tap * (0.5 + 0.5 * window.cos));
        advance(&c), advance(&window);
    }
}

void design_hann(int half, float *weights)
{
    rotation window = rotate_by(PI / (half + 1));
    for (int n = 0; n <= half; n++) {
        weights[n] = (float)(0.5 + 0.5 * window.cos);
        advance(&window);
    }
}
