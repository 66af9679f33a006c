/* Taps of symmetric filters, in double precision; taps[n] is tap n and tap -n. */
#ifndef SPOOFJAX_DESIGN_H
#define SPOOFJAX_DESIGN_H

/* Band-stop between the frequencies low < high (in cycles per sample, within 0 .. 0.5) by the
 * window method with a Hamming window: gain about 1 outside the band, and its sign such that the
 * gain at frequency 0 is positive. (Scaling that gain to 1, as is usual, would amplify a filter
 * that stops frequency 0 without bound.) */
void design_band_stop(double low, double high, int half, float *taps);

/* Low-pass at `cutoff` cycles per sample by the window method with a Hann window. */
void design_low_pass(double cutoff, int half, float *taps);

/* Weights of the Hann window that ends (with 0) at +-(half + 1). */
void design_hann(int half, float *weights);

#endif
