"""Where the demo corpus comes from: recordings, voices, attacks and what goes into which split."""

import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

RATE = 16_000
SOUNDS = Path("/usr/share/asterisk/sounds")

DEBIAN_PACKAGES = (
    *(f"asterisk-core-sounds-{language}-g722" for language in ("en", "es", "it", "fr", "ru")),
    "espeak-ng",
    "flite",
    "festival",
    "festvox-kallpc16k",
    "festvox-kdlpc16k",
    "festvox-ru",
)

# Tones, animal noises and silence are not speech.
NOT_SPEECH = ("beep", "tone", "tt-monkeys", "silence")


@dataclass(frozen=True)
class Speaker:
    """One person: the protocol's identity and the folders that hold the recordings."""

    identity: str
    gender: str
    folders: dict[str, str]  # language -> folder under SOUNDS


@dataclass(frozen=True)
class Voice:
    """One synthetic voice: engine, the engine's name for it, the language of its text, gender."""

    engine: str
    name: str
    language: str
    gender: str


@dataclass(frozen=True)
class Split:
    """One split: protocol and folder names, people, bona fide per language, files per attack."""

    name: str
    prefix: str
    protocol: str
    folder: str
    speakers: tuple[Speaker, ...]
    bona_fide_per_language: int
    attacks: dict[str, int]
    voices: dict[str, tuple[Voice, ...]]  # attack -> voices, for the attacks that are TTS


# What each attack does; the last column names a function in synthesis.py for those that
# re-synthesise a recording, and is empty for text to speech.
ATTACKS = {
    "A01": ("WORLD copy, coded and smoothed", "world_copy"),
    "A02": ("80-band mel spectrogram, Griffin-Lim", "mel_griffin_lim"),
    "A03": ("LPC vocoder, pulse and noise excitation", "lpc_vocoder"),
    "A04": ("espeak-ng formant TTS", ""),
    "A05": (
        "WORLD voice conversion, coded and smoothed: pitch scaled, envelope warped",
        "world_conversion",
    ),
    "A06": ("flite statistical TTS", ""),
    "A07": ("festival diphone TTS", ""),
    "A08": ("phase-vocoder pitch and formant shift", "phase_vocoder"),
    "A09": ("harmonics plus noise copy-synthesis", "harmonic_noise"),
    "A10": ("festival diphone TTS, English voice on French text", ""),
    "A17": ("festival unit-selection TTS", ""),
    "A18": ("TD-PSOLA pitch change", "psola"),
    "A19": ("espeak-ng Klatt TTS", ""),
    "A20": ("linear spectrogram, Griffin-Lim", "linear_griffin_lim"),
    "A21": ("cepstral vocoder, order 24", "cepstral_vocoder"),
}


def _espeak(language: str, females: str, males: str) -> tuple[Voice, ...]:
    return tuple(
        Voice("espeak", f"{language}+{variant}", language, gender)
        for gender, variants in (("F", females), ("M", males))
        for variant in variants.split()
    )


ALLISON = Speaker("T_0001", "F", {"en": "en_US_f_Allison", "es": "es_MX_f_Allison"})
CARLO = Speaker("T_0002", "M", {"it": "it_IT_m_Carlo"})
JUNE = Speaker("D_0001", "F", {"fr": "fr_CA_f_June"})
IVRVOICE = Speaker("E_0001", "F", {"ru": "ru_RU_f_IvrvoiceRU"})

TRAIN = Split(
    name="train",
    prefix="T",
    protocol="ASVspoof5.train.tsv",
    folder="flac_T",
    speakers=(ALLISON, CARLO),
    bona_fide_per_language=70,
    attacks=dict(A01=68, A02=60, A03=60, A04=90, A05=68, A06=52, A07=40, A08=52),
    voices={
        "A04": (
            *_espeak("en-us", "f2 Andrea", "m3 Mario"),
            *_espeak("es-419", "f4 Alicia", "m1 pedro"),
            *_espeak("it", "anika steph", "m7 Marco"),
        ),
        "A06": (Voice("flite", "slt", "en", "F"), Voice("flite", "rms", "en", "M")),
        "A07": (Voice("festival", "kal_diphone", "en", "M"),),
    },
)
DEV = Split(
    name="dev",
    prefix="D",
    protocol="ASVspoof5.dev.track_1.tsv",
    folder="flac_D",
    speakers=(JUNE,),
    bona_fide_per_language=60,
    attacks=dict(A01=36, A02=42, A03=24, A04=40, A09=22, A10=16),
    voices={
        "A04": _espeak("fr", "f3 belinda Annie", "m2 m4 Hugo"),
        "A10": (Voice("festival", "ked_diphone", "fr", "M"),),
    },
)
EVAL = Split(
    name="eval",
    prefix="E",
    protocol="ASVspoof5.eval.track_1.tsv",
    folder="flac_E_eval",
    speakers=(IVRVOICE,),
    bona_fide_per_language=60,
    attacks=dict(A01=24, A03=22, A04=28, A17=22, A18=22, A19=20, A20=20, A21=22),
    voices={
        "A04": _espeak("ru", "f5 linda aunty", "m5 m6 Michael"),
        "A17": (Voice("festival", "msu_ru_nsh_clunits", "ru", "M"),),
        "A19": _espeak("ru", "", "klatt klatt2 klatt4"),
    },
)
SPLITS = (TRAIN, DEV, EVAL)


def voice_identities(split: Split) -> dict[Voice, str]:
    """Protocol identities of a split's synthetic voices, numbered from 0101."""
    voices = [voice for attack in sorted(split.voices) for voice in split.voices[attack]]
    return {voice: f"{split.prefix}_{101 + i:04d}" for i, voice in enumerate(voices)}


def check_espeak_voices(split: Split) -> None:
    """Raise SystemExit for a variant that is not there: espeak-ng would use its default voice."""
    listed = run(["espeak-ng", "--voices=variant"]).decode().split()
    for voices in split.voices.values():
        for voice in voices:
            if voice.engine == "espeak" and f"!v/{voice.name.split('+')[1]}" not in listed:
                raise SystemExit(f"espeak-ng has no variant for {voice.name}")


def prompts(folder: str) -> list[Path]:
    """Recordings of speech in one folder of asterisk-core-sounds, in a fixed order."""
    root = SOUNDS / folder
    if not root.is_dir():
        raise SystemExit(
            f"{root} is missing; install the recordings and engines first:\n"
            f"  apt-get install --no-install-recommends {' '.join(DEBIAN_PACKAGES)}"
        )
    files = sorted(root.rglob("*.g722"))
    return [f for f in files if not any(word in str(f.relative_to(root)) for word in NOT_SPEECH)]


def run(command: list[str]) -> bytes:
    """Standard output of a speech engine; raises SystemExit with its errors."""
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr.decode(errors='replace')}")
    return done.stdout


def decode_g722(data: bytes) -> np.ndarray:
    """G.722 at 64 kbit/s to float64 samples at 16 kHz, by FFmpeg's decoder."""
    import av

    decoder = av.CodecContext.create("g722", "r")
    decoder.sample_rate, decoder.layout = RATE, "mono"
    frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]) / 32768.0


def g722_round_trip(samples: np.ndarray) -> np.ndarray:
    """Encode to G.722 and back, as the recordings were; the same length comes back."""
    import av

    pcm = np.round(np.clip(samples, -1.0, 32767 / 32768) * 32768).astype(np.int16)
    if len(pcm) % 2:  # one G.722 byte holds two samples
        pcm = np.append(pcm, np.int16(0))
    encoder = av.CodecContext.create("g722", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", "s16"
    encoder.time_base = Fraction(1, RATE)
    encoder.open()
    packets = []
    for start in range(0, len(pcm), encoder.frame_size):
        block = pcm[None, start : start + encoder.frame_size]
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, start
        packets += encoder.encode(frame)
    packets += encoder.encode(None)
    return decode_g722(b"".join(bytes(packet) for packet in packets))[: len(samples)]
