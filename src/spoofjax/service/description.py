"""The description of the HTTP interface in the form of OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

from spoofjax.service.limits import Limits
from spoofjax.version import version

NUMBER = {"type": ["number", "null"]}
TEXT = {"type": ["string", "null"]}
VERDICT = {"type": "string", "enum": ["bonafide", "spoof", "unknown"]}
JUDGED = {
    "verdict": VERDICT,
    "reason": {**TEXT, "description": "Why the verdict is unknown."},
    "score": {**NUMBER, "description": "The raw score; higher = more bona fide."},
    "llr": {**NUMBER, "description": "Natural-log likelihood ratio, bona fide over spoof."},
    "p_spoof": {**NUMBER, "description": "P(spoof) at the prior."},
}
ATTACK = {
    "attack": {**TEXT, "description": "By which attack it was made, or 'unknown'."},
    "likeliest_attack": {**TEXT, "description": "The likeliest of the traced attacks."},
    "attack_score": {**NUMBER, "description": "A low one speaks for an attack not traced."},
}
"""For detectors that trace attacks, and what is not called bona fide; otherwise null."""
SECONDS = {"start": {"type": "number"}, "end": {"type": "number"}}
PICTURES = {
    "columns": {"type": "integer"},
    "outline": {"type": "string", "description": "int8 (columns, 2) in base64."},
    "spectrogram": {"type": "string", "description": "uint8 (bands, columns) in base64."},
    "bands": {"type": "integer"},
    "top_hz": {"type": "number"},
}
SCORE = {
    **JUDGED,
    **ATTACK,
    "sentence": {"type": "string"},
    "limits": {"type": "string"},
    "pooling": {"type": "string"},
    "seconds": {"type": "number"},
    "heard": {"type": "number"},
    "calibrated": {"type": "boolean"},
    "prior": {"type": "number"},
    "threshold": {"type": "number"},
    "spoof_above": {"type": "number"},
}
DECISION = {"type": ["string", "null"], "enum": ["accept", "impostor", "spoof", None]}
ENROLMENTS = {
    "type": "array",
    "items": {"type": "string", "format": "binary"},
    "description": "Recordings of the claimed speaker, instead of asv_score.",
}
STATUSES = {
    400: "The body or a field is missing or malformed.",
    401: "The token is missing or wrong.",
    403: "The request comes from another site.",
    408: "The body did not arrive in time.",
    413: "The body or the audio is too long.",
    422: "The file cannot be used as audio.",
    429: "The service is busy.",
}


def describe(
    limits: Limits, *, needs_token: bool, takes_enrolments: bool = False
) -> dict[str, Any]:
    """Return the description of a service with these limits as JSON values.

    `takes_enrolments` says whether the service has a speaker encoder.
    """
    score, verify = _upload(limits, SCORE_ANSWER), _upload(limits, VERIFY_ANSWER)
    score["summary"] = "Judge an audio file: verdict, timeline, spectrogram."
    score["parameters"] = [_parameter("pictures", "0 leaves outline and spectrogram out.")]
    verify["summary"] = "Accept a speaker, or reject as an impostor or as a spoof."
    verify["parameters"] = [
        _parameter("asv_score", "The score of speaker verification for this file and its claim.")
    ]
    if takes_enrolments:
        form = verify["requestBody"]["content"]["multipart/form-data"]["schema"]
        form["properties"]["enrol"] = ENROLMENTS
    described: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "spoofjax", "version": version()},
        "paths": {
            "/score": {"post": score},
            "/verify": {"post": verify},
            "/health": {"get": _reading("Whether the service runs, and its limits.")},
            "/metrics": {"get": _reading("Counts for Prometheus.", "text/plain")},
            "/openapi.json": {"get": _reading("This description.")},
        },
    }
    if needs_token:
        scheme = {"type": "http", "scheme": "bearer"}
        described["components"] = {"securitySchemes": {"token": scheme}}
        for path, method in (("/score", "post"), ("/verify", "post"), ("/metrics", "get")):
            described["paths"][path][method]["security"] = [{"token": []}]
    return described


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _list(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": _object(properties)}


SPANS = _list({**SECONDS, "llr": {"type": "number"}, "p_spoof": {"type": "number"}})
SCORE_ANSWER = _object({**SCORE, "timeline": _list({**SECONDS, **JUDGED}), "spans": SPANS})
SCORE_ANSWER["properties"]["pictures"] = _object(PICTURES)  # may be left out
VERIFY_ANSWER = _object({"decision": DECISION, "sentence": {"type": "string"}})
VERIFY_ANSWER["properties"] |= {
    name: NUMBER
    for name in ("joint_llr", "threshold", "cm_score", "cm_llr", "asv_score", "asv_llr")
}
VERIFY_ANSWER["properties"]["countermeasure"] = _object(
    {**JUDGED, "seconds": {"type": "number"}, "heard": {"type": "number"}}
)


def _upload(limits: Limits, answer: dict[str, Any]) -> dict[str, Any]:
    form = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
    raw = {"type": "string", "format": "binary", "maxLength": limits.most_bytes}
    error = {"application/json": {"schema": _object({"error": {"type": "string"}})}}
    responses: dict[str, Any] = {
        str(status): {"description": text, "content": error} for status, text in STATUSES.items()
    }
    content = {"application/json": {"schema": answer}}
    responses["200"] = {"description": "The file was heard.", "content": content}
    return {
        "requestBody": {
            "required": True,
            "description": f"At most {limits.most_bytes:,} bytes and {limits.most_seconds:g} s.",
            "content": {
                "application/octet-stream": {"schema": raw},
                "multipart/form-data": {"schema": form},
            },
        },
        "responses": responses,
    }


def _reading(summary: str, media_type: str = "application/json") -> dict[str, Any]:
    return {
        "summary": summary,
        "responses": {"200": {"description": "Done.", "content": {media_type: {}}}},
    }


def _parameter(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "query", "description": description, "schema": schema}
