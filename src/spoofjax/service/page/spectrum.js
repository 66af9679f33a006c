// The power spectrum of frames of one size.

export class Spectrum {
  /** `size` is the number of samples of a frame; it is even. */
  constructor(size) {
    this.size = size;
    const angle = (n) => (2 * Math.PI * n) / size;
    const table = (of) => Float64Array.from({ length: size }, (_, n) => of(n));
    this.cosine = table((n) => Math.cos(angle(n)));
    this.sine = table((n) => Math.sin(angle(n)));
    this.window = table((n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / (size - 1)));
  }

  /** Return the power in each bin from 0 to half the rate, under a Hann window. */
  power(samples, start) {
    const { size, window } = this;
    const frame = Float64Array.from(window, (weight, n) => weight * (samples[start + n] ?? 0));
    const [real, imaginary] = this.transform(frame, 0, 1, size);
    return Float64Array.from({ length: size / 2 + 1 }, (_, n) => real[n] ** 2 + imaginary[n] ** 2);
  }

  /** Return the discrete Fourier transform of `count` values that stand `step` apart. */
  transform(values, first, step, count) {
    if (count % 2) return this.transformDirectly(values, first, step, count);
    const half = count / 2;
    const [evenReal, evenImaginary] = this.transform(values, first, 2 * step, half);
    const [oddReal, oddImaginary] = this.transform(values, first + step, 2 * step, half);
    const real = new Float64Array(count);
    const imaginary = new Float64Array(count);
    for (let n = 0; n < half; n += 1) {
      const [cosine, sine] = [this.cosine[n * step], this.sine[n * step]];
      const turnedReal = cosine * oddReal[n] + sine * oddImaginary[n];
      const turnedImaginary = cosine * oddImaginary[n] - sine * oddReal[n];
      real[n] = evenReal[n] + turnedReal;
      imaginary[n] = evenImaginary[n] + turnedImaginary;
      real[n + half] = evenReal[n] - turnedReal;
      imaginary[n + half] = evenImaginary[n] - turnedImaginary;
    }
    return [real, imaginary];
  }

  transformDirectly(values, first, step, count) {
    const real = new Float64Array(count);
    const imaginary = new Float64Array(count);
    for (let n = 0; n < count; n += 1) {
      for (let k = 0; k < count; k += 1) {
        const turn = (((n * k) % count) * step) % this.size;
        real[n] += values[first + k * step] * this.cosine[turn];
        imaginary[n] -= values[first + k * step] * this.sine[turn];
      }
    }
    return [real, imaginary];
  }
}
