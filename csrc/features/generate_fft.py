"""Write fft_generated.h: straight-line transforms over vectors whose lanes are frames.

    python csrc/features/generate_fft.py            rewrites the header beside this file
    python csrc/features/generate_fft.py --check    exits 1 if the header is not what this prints

A transform of N = N1 * 16 samples is done in two passes (see README.md, "The transform"):

* columns: real_N1_L(x, window) transforms the samples x[16*n1], n1 = 0..N1-1, of which only the
  first L are live (the rest of the FFT buffer is zero padding and costs nothing), in place: the
  real part of bin k goes to x[16 * (2*k - 1)], the imaginary one behind it, the two real bins to
  the first and the last row;
* rows: power_16(row, twiddles) joins the sixteen columns at one k1 and writes |X|^2 over them:
  the bins k1 + N1*k2 first, then, from row[8] on, their mirror images N1*k2 - k1.

Both are decimation in time. A butterfly e +- w*o with w = exp(-i*a) is six fused multiply-adds:
u = re(o) + tan(a)*im(o), v = im(o) - tan(a)*re(o), then e +- cos(a)*(u, v). Every angle used lies
in [0, pi/2), so the cosine never vanishes, and since tan*cos = sin <= 1 nothing is amplified.
"""

from __future__ import annotations

import math
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

COLUMNS = 16
LIVE = {16: (16,), 32: (20, 26, 32), 64: (20, 32, 64), 128: (32, 64, 128)}
"""Column lengths N1 and, for each, the numbers of live inputs that get code of their own."""


@dataclass(frozen=True)
class Value:
    """A vector in the generated code: a name, or its negative; `factor` is a pending product."""

    name: str
    negative: bool = False
    factor: str | None = None


Real = Value | None  # None is an exact zero
Complex = tuple[Real, Real]


def negate(a: Real) -> Real:
    return None if a is None else Value(a.name, not a.negative, a.factor)


class Code:
    """Collects statements; each method emits at most one and returns the value it defines."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def let(self, expression: str) -> Value:
        name = f"t{len(self.lines)}"
        self.lines.append(f"const V {name} = {expression};")
        return Value(name)

    def plain(self, a: Real) -> Real:
        """Carry out a pending product."""
        if a is None or a.factor is None:
            return a
        return Value(self.let(f"{a.name} * {a.factor}").name, a.negative)

    def add(self, a: Real, b: Real) -> Real:
        if a is None or b is None:
            return self.plain(a if b is None else b)
        if a.factor is not None:
            return self.multiply_add(a.factor, Value(a.name, a.negative), self.plain(b))
        if a.negative and b.negative:
            return negate(self.let(f"{a.name} + {b.name}"))
        if a.negative:
            return self.let(f"{b.name} - {a.name}")
        return self.let(f"{a.name} {'-' if b.negative else '+'} {b.name}")

    def multiply_add(self, k: str, x: Real, y: Real) -> Real:
        """k*x + y."""
        if x is None:
            return y
        if y is None:
            return Value(self.let(f"{x.name} * {k}").name, x.negative)
        kind = "FMA" if x.negative == y.negative else "FNMA" if x.negative else "FMS"
        result = self.let(f"{kind}({x.name}, {k}, {y.name})")
        return Value(result.name, x.negative and y.negative)

    def butterfly(
        self, e: Complex, o: Complex, tan: str, cos: str, mirror: bool = False
    ) -> tuple[Complex, Complex]:
        """Return e + w*o and e - w*o for w = cos*(1 - i*tan); `mirror` conjugates the second."""
        u = self.multiply_add(tan, o[1], o[0])
        v = self.multiply_add(tan, negate(o[0]), o[1])
        plus = self.multiply_add(cos, u, e[0]), self.multiply_add(cos, v, e[1])
        re = self.multiply_add(cos, negate(u), e[0])
        if mirror:
            return plus, (re, self.multiply_add(cos, v, negate(e[1])))
        return plus, (re, self.multiply_add(cos, negate(v), e[1]))


def rounded(x: float) -> float:
    """Return x as the nearest float32."""
    return struct.unpack("f", struct.pack("f", x))[0]


def tan_cos(angle: float) -> tuple[str, str]:
    """Return literals whose product is as near to sin(angle) as float32 allows."""
    cos = rounded(math.cos(angle))
    return f"S({rounded(math.sin(angle) / cos):.9e}f)", f"S({cos:.9e}f)"


def real_transform(code: Code, x: list[Real]) -> list[Complex]:
    """Return bins 0..N/2 of the real inputs x (None where the input is padding)."""
    n = len(x)
    if n == 1:
        return [(code.plain(x[0]), None)]
    if all(value is None for value in x):
        return [(None, None)] * (n // 2 + 1)
    if n == 2:
        second = code.plain(x[1])
        first = x[0] if second is not None else code.plain(x[0])
        return [(code.add(first, second), None), (code.add(first, negate(second)), None)]
    even, odd = real_transform(code, x[0::2]), real_transform(code, x[1::2])
    out: list[Complex] = [(None, None)] * (n // 2 + 1)
    out[0] = code.add(even[0][0], odd[0][0]), None
    out[n // 2] = code.add(even[0][0], negate(odd[0][0])), None
    for k in range(1, n // 4):
        angle = 2 * math.pi * k / n
        out[k], out[n // 2 - k] = code.butterfly(even[k], odd[k], *tan_cos(angle), mirror=True)
    out[n // 4] = even[n // 4][0], negate(odd[n // 4][0])
    return out


def evaluate(code: Code, y: list[Complex], twiddle) -> list[Complex]:
    """Evaluate sum_n y[n] z_k^n at the len(y) points z_k = z_0 * exp(-2i*pi*k/len(y)).

    `twiddle(m, k)` names (tan, cos) of the angle of z_0^(16/m) * exp(-2i*pi*k/m), k < max(1, m/4).
    """
    m = len(y)
    if m == 1:
        return y
    even, odd = evaluate(code, y[0::2], twiddle), evaluate(code, y[1::2], twiddle)
    out: list[Complex] = [(None, None)] * m
    quarter = max(1, m // 4)
    for k in range(m // 2):
        tan, cos = twiddle(m, k % quarter)
        o = odd[k] if k < quarter else (odd[k][1], negate(odd[k][0]))  # times -i
        out[k], out[k + m // 2] = code.butterfly(even[k], o, tan, cos)
    return out


def power(code: Code, x: Complex) -> Value:
    re, im = x
    assert re is not None
    square = code.let(f"{re.name} * {re.name}")
    return square if im is None else code.let(f"FMA({im.name}, {im.name}, {square.name})")


def function(name: str, arguments: str, about: str, lines: list[str]) -> str:
    body = "\n".join("    " + line for line in lines)
    return f"/* {about} */\nstatic NOINLINE void {name}({arguments})\n{{\n{body}\n}}\n"


def column_function(n1: int, live: int) -> str:
    code = Code()
    inputs: list[Real] = [None] * n1
    for i in range(live):
        inputs[i] = Value(f"x[{COLUMNS * i}]", factor=f"S(window[{COLUMNS * i}])")
    parts = [part for bin_ in real_transform(code, inputs) for part in bin_ if part is not None]
    assert len(parts) == n1
    for row, value in enumerate(parts):
        sign = "-" if value.negative else ""
        code.lines.append(f"x[{COLUMNS * row}] = {sign}{value.name};")
    return function(
        f"real_{n1}_{live}",
        "V *restrict x, const float *restrict window",
        f"One column: bins 0..{n1 // 2} of {live} windowed samples and {n1 - live} zeros.",
        code.lines,
    )


def load_row(code: Code, real: bool) -> list[Complex]:
    row: list[Complex] = []
    for n in range(COLUMNS):
        re = code.let(f"row[{n}]")
        row.append((re, None if real else code.let(f"row[{COLUMNS + n}]")))
    return row


def row_function() -> str:
    code = Code()
    slots = {2: 0, 4: 1, 8: 2, 16: 4}

    def twiddle(m: int, k: int) -> tuple[str, str]:
        slot = slots[m] + k
        return f"S(twiddle[{2 * slot}])", f"S(twiddle[{2 * slot + 1}])"

    bins = evaluate(code, load_row(code, real=False), twiddle)
    half = COLUMNS // 2
    for slot, x in enumerate([*bins[:half], *reversed(bins[half:])]):
        code.lines.append(f"row[{slot}] = {power(code, x).name};")
    return function(
        "power_16",
        "V *restrict row, const float *restrict twiddle",
        "One k1: bins k1 + n1*k2 (row[k2], k2 < 8) and mirrored n1*k2 - k1 (row[7 + k2], k2 > 0).",
        code.lines,
    )


def first_row_function() -> str:
    code = Code()
    row = [re for re, _ in load_row(code, real=True)]
    for k, x in enumerate(real_transform(code, row)):
        code.lines.append(f"row[{k}] = {power(code, x).name};")
    return function(
        "power_first",
        "V *restrict row",
        "k1 = 0, whose columns are real: bins n1*k2, k2 = 0..8.",
        code.lines,
    )


def middle_row_function() -> str:
    """k1 = n1/2: z_0 = exp(-i*pi/16), the same for every size."""
    code = Code()

    def twiddle(m: int, k: int) -> tuple[str, str]:
        return tan_cos(math.pi / m + 2 * math.pi * k / m)

    def odd_points(y: list[Complex]) -> list[Complex]:
        """Points 0..m/2-1 of a real polynomial at odd multiples of pi/m; the rest mirror them."""
        m = len(y)
        if m == 2:
            return [(y[0][0], negate(y[1][0]))]  # z = -i
        even, odd = odd_points(y[0::2]), odd_points(y[1::2])
        out: list[Complex] = [(None, None)] * (m // 2)
        for k in range(m // 4):
            out[k], out[m // 2 - 1 - k] = code.butterfly(
                even[k], odd[k], *twiddle(m, k), mirror=True
            )
        return out

    for k, x in enumerate(odd_points(load_row(code, real=True))):
        code.lines.append(f"row[{k}] = {power(code, x).name};")
    return function(
        "power_middle",
        "V *restrict row",
        "k1 = n1/2, whose columns are real: bins n1/2 + n1*k2, k2 = 0..7.",
        code.lines,
    )


def header() -> str:
    variants = [(n1, live) for n1, lives in LIVE.items() for live in lives]
    table = "\n".join(f"    {{{n1}, {live}, real_{n1}_{live}}}," for n1, live in variants)
    parts = [
        "/* Written by generate_fft.py: change that, not this. */\n"
        "#ifndef SPOOFJAX_FFT_GENERATED_H\n"
        "#define SPOOFJAX_FFT_GENERATED_H\n\n"
        '#include "base/lanes.h"\n',
        *(column_function(n1, live) for n1, live in variants),
        row_function(),
        first_row_function(),
        middle_row_function(),
        "/* Column transforms by length and live inputs, shortest first. */\n"
        "static const struct column {\n"
        "    int n1, live;\n"
        "    void (*run)(V *restrict x, const float *restrict window);\n"
        "} columns[] = {\n"
        "    /* clang-format off */\n" + table + "\n    /* clang-format on */\n};\n",
        "#endif\n",
    ]
    return "\n".join(parts)


def main() -> int:
    path = Path(__file__).with_name("fft_generated.h")
    if "--check" in sys.argv[1:]:
        return 0 if path.read_text() == header() else 1
    path.write_text(header())
    return 0


if __name__ == "__main__":
    sys.exit(main())
