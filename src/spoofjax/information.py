"""The facts that `spoofjax info` shows: versions, devices, SIMD level."""

from __future__ import annotations

from typing import Any

from spoofjax.errors import printable


def collect() -> dict[str, Any]:
    """Return the facts about this installation as JSON values."""
    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.processor import available_simd_levels, simd_level
    from spoofjax.runs.environment import environment

    cache = use_compilation_cache()
    facts = environment()
    facts.pop("command")
    facts["simd"] = simd_level()
    facts["simd_available"] = list(available_simd_levels())
    facts["compilation_cache"] = str(cache) if cache else None
    return facts


def as_text(facts: dict[str, Any]) -> str:
    """Return the facts as aligned lines."""
    rows = [(name, version) for name, version in facts["packages"].items()]
    rows += [("python", facts["python"]), ("platform", facts["platform"])]
    rows += [("devices", ", ".join(facts["devices"]))]
    rows += [("SIMD level", f"{facts['simd']} (of {', '.join(facts['simd_available'])})")]
    rows += [("compilation cache", facts["compilation_cache"] or "off")]
    rows += [("git", facts["git"] or "-")]
    return "\n".join(f"{name:18} {printable(value or 'not installed')}" for name, value in rows)
