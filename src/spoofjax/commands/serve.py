"""`spoofjax serve`: a detector as a web service, with a page for people."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.encoder_options import add_encoder, load_encoder
from spoofjax.commands.threads import add_threads
from spoofjax.evaluation.pooling import POOLINGS

if TYPE_CHECKING:
    from spoofjax.deployment.speaker_encoder import SpeakerEncoder
    from spoofjax.evaluation.rule import Rule
    from spoofjax.service.application import Service
    from spoofjax.service.limits import Limits

SUMMARY = "Serve a trained detector over HTTP, with a page for people."
TOKEN = "SPOOFJAX_TOKEN"
"""The environment variable that holds the token."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument(
        "folder",
        type=Path,
        nargs="?",
        metavar="RUN",
        help="a run folder or an export (default: the small detector that comes with spoofjax)",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address to listen on (default 127.0.0.1: this machine only)",
    )
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one (default 8000)")
    parser.add_argument(
        "--token-file",
        type=Path,
        help=f"a file whose text requests must send as a bearer token (or the variable {TOKEN})",
    )
    parser.add_argument(
        "--verifier", type=Path, metavar="FILE", help="what `spoofjax verify fit` wrote"
    )
    speakers = parser.add_argument_group("recordings of the speaker in POST /verify")
    add_encoder(speakers)
    page = parser.add_argument_group("listening in the browser, so that no audio is sent")
    page.add_argument(
        "--onnx", type=Path, metavar="DIR", help="what `spoofjax export RUN --to onnx` wrote"
    )
    page.add_argument(
        "--onnxruntime-web",
        type=Path,
        metavar="DIR",
        help="the package of npm, such as node_modules/onnxruntime-web",
    )
    parser.add_argument(
        "--pooling",
        choices=POOLINGS,
        help="how the scores of a file's windows become its own, as in `spoofjax score` (default: "
        "as the run's decision says, else mean)",
    )
    for name, meaning in (
        ("prior", "P(bona fide) before listening"),
        ("cost-miss", "cost of rejecting bona fide speech"),
        ("cost-false-alarm", "cost of accepting a spoof"),
        ("threshold", "call a file bona fide from this LLR, instead of costs"),
    ):
        parser.add_argument(f"--{name}", type=float, help=f"{meaning}, as in `spoofjax score`")
    limits = parser.add_argument_group("limits, beyond which a request gets a status of 4xx")
    limits.add_argument("--most-bytes", type=int, help="bytes of a body (default 33554432)")
    limits.add_argument("--most-seconds", type=float, help="seconds of audio (default 600)")
    limits.add_argument(
        "--concurrency", type=int, help="requests decoded and scored at the same time (default 16)"
    )
    limits.add_argument(
        "--waiting", type=int, help="requests that may wait for their turn (default 256)"
    )
    limits.add_argument(
        "--receive-seconds", type=float, help="time in which a body must arrive (default 20)"
    )
    limits.add_argument(
        "--answer-seconds", type=float, help="time from the body to the answer (default 60)"
    )
    limits.add_argument("--streams", type=int, help="live connections (default 16)")
    add_threads(parser, "decode and compute features")


def run(options: argparse.Namespace) -> int:
    """Serve until a signal ends the process."""
    from spoofjax import signals
    from spoofjax.errors import ConfigError
    from spoofjax.runs.folder import RunFolder

    signals.advise_after_sigterm("The service was not ready yet; start it again.")
    # A wrong folder or option is reported before jax is imported.
    if (options.onnx is None) != (options.onnxruntime_web is None):
        raise ConfigError("Listening in the browser needs both --onnx and --onnxruntime-web.")
    if options.encoder is not None and options.verifier is None:
        raise ConfigError(
            "--encoder needs --verifier, which calibrates its scores. Write it with "
            "`spoofjax verify fit`."
        )
    encoder = load_encoder(options)
    folder = _folder(options)
    RunFolder(folder).experiment()
    limits, rule, token = _limits(options), _rule(options, folder), _token(options.token_file)
    try:
        from spoofjax.service.server import bound_socket, serve
    except ImportError as error:
        raise ConfigError(
            f"The service needs the package {error.name}: pip install 'spoofjax[serve]'."
        ) from None
    # Clients that connect from now on wait until the detector is ready.
    listener = bound_socket(options.host, options.port)
    service = _service(options, folder, rule, limits, token, encoder)
    host, port = listener.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    print(f"rule: {rule}", flush=True)
    print(f"serving {folder} at http://{name}:{port}", flush=True)
    serve(service.application(), listener, limits)
    return 0


def _folder(options: argparse.Namespace) -> Path:
    """Return the folder of the detector; say what the one that ships is worth."""
    import sys

    from spoofjax.commands.run_argument import about_bundled
    from spoofjax.deployment.bundled import FOLDER

    if options.folder is None:
        print(about_bundled(), file=sys.stderr)
    return options.folder or FOLDER


def _limits(options: argparse.Namespace) -> Limits:
    import dataclasses

    from spoofjax.service.limits import Limits

    names = [field.name for field in dataclasses.fields(Limits)]
    values = {name: getattr(options, name) for name in names}
    return Limits(**{name: value for name, value in values.items() if value is not None})


def _rule(options: argparse.Namespace, folder: Path) -> Rule:
    from spoofjax.evaluation.rule import Rule
    from spoofjax.runs.folder import RunFolder

    return Rule.of(
        RunFolder(folder).read_decision(),
        prior=options.prior,
        cost_miss=options.cost_miss,
        cost_false_alarm=options.cost_false_alarm,
        threshold=options.threshold,
    )


def _service(
    options: argparse.Namespace,
    folder: Path,
    rule: Rule,
    limits: Limits,
    token: str | None,
    encoder: SpeakerEncoder | None,
) -> Service:
    """Return the service, with its detector compiled."""
    from spoofjax.cluster.compilation import use_compilation_cache

    use_compilation_cache()
    from spoofjax.deployment.bundled import worth
    from spoofjax.deployment.detector import Detector
    from spoofjax.evaluation.verification import Verifier
    from spoofjax.service.access import Access, is_loopback
    from spoofjax.service.application import Service
    from spoofjax.service.counters import Counters
    from spoofjax.service.engine import Engine
    from spoofjax.service.in_browser import InBrowser

    counters, detector, in_browser = Counters(), Detector.load(folder), None
    if options.onnx is not None:
        in_browser = InBrowser.read(options.onnx, options.onnxruntime_web, detector)
    engine = Engine(
        detector,
        rule,
        limits,
        counters,
        pooling=options.pooling,
        threads=options.threads,
        note=f"{worth()}." if options.folder is None else "",
    )
    engine.warm()
    access = Access(token, is_local=is_loopback(options.host))
    verifier = Verifier.read(options.verifier) if options.verifier else None
    return Service(
        engine,
        access,
        counters,
        name=folder.resolve().name,
        verifier=verifier,
        encoder=encoder,
        in_browser=in_browser,
    )


def _token(path: Path | None) -> str | None:
    """Return the token of a file or of the environment, or None. Raises ConfigError."""
    from spoofjax.errors import ConfigError

    text = os.environ.get(TOKEN) if path is None else path.read_text()
    if text is None:
        return None
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable():
        source = TOKEN if path is None else path
        raise ConfigError(f"{source} holds no token: one line of printable ASCII.")
    return token
