// Numbers in texts, rounded as the service rounds them: halves go to the even digit.

function format(value, options) {
  return new Intl.NumberFormat("en", { roundingMode: "halfEven", ...options }).format(value);
}

/** Return a number with a fixed count of decimals. */
export function decimals(value, count) {
  return format(value, {
    minimumFractionDigits: count, maximumFractionDigits: count, useGrouping: false,
  });
}

/** Return a number with a fixed count of decimals and its sign. */
export function signed(value, count) {
  return `${value < 0 ? "" : "+"}${decimals(value, count)}`;
}

/** Return a whole number with a comma between thousands. */
export function thousands(value) {
  return format(value, { maximumFractionDigits: 0 });
}

/** Return a share as a percentage. */
export function percent(share, count = 0) {
  return format(share, {
    style: "percent", minimumFractionDigits: count, maximumFractionDigits: count,
    useGrouping: false,
  });
}
