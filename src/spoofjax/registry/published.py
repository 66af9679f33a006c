"""The weights that the registry knows without being told.

Addresses, licences and sizes are those of the owners' pages. A SHA-256 stands here where the owner
shows it or where the official file was hashed; elsewhere there is none.
"""

from __future__ import annotations

from spoofjax.registry.entry import Entry, File

HUB = "https://huggingface.co"
AASIST = "https://github.com/clovaai/aasist"
NII = "https://github.com/nii-yamagishilab/project-NN-Pytorch-scripts"
ASVSPOOF5 = "https://github.com/asvspoof-challenge/asvspoof5"
ASVSPOOF2021 = "https://github.com/asvspoof-challenge/2021"
SSL_AASIST = "https://github.com/TakHemlata/SSL_Anti-spoofing"
NES2NET = "https://github.com/Liu-Tianchi/Nes2Net_ASVspoof_ITW"
DRIVE = "https://drive.google.com"

CHECKPOINT = "pytorch_model.bin"
APACHE = "Apache-2.0"
WAVLM = "CC BY-SA 3.0 (the licence of microsoft/UniSpeech, which the model card names)"
AS_SAID = "16 kHz, normalised as preprocessor_config.json says"
CLIP = "16 kHz, clips of 64,600 samples, as they are"


def _of_hub(
    name: str,
    repository: str,
    what: str,
    licence: str,
    size: int,
    sha256: str | None = None,
    configs: tuple[str, ...] = (),
) -> Entry:
    """Return the entry of a folder of the transformers library on the Hugging Face Hub."""
    base = f"{HUB}/{repository}/resolve/main"
    return Entry(
        name=name,
        files=(
            File(f"{base}/config.json"),
            File(f"{base}/preprocessor_config.json"),
            File(f"{base}/{CHECKPOINT}", sha256),
        ),
        what=what,
        owner=f"{HUB}/{repository}",
        licence=licence,
        bytes=size,
        input=AS_SAID,
        configs=configs,
    )


def _rawnet2(track: str) -> Entry:
    """Return the entry of the RawNet2 baseline of ASVspoof 2021 for a track."""
    return Entry(
        name=f"rawnet2-{track.lower()}",
        files=(File(f"https://www.asvspoof.org/asvspoof2021/pre_trained_{track}_RawNet2.zip"),),
        what=f"RawNet2, the {track} baseline of ASVspoof 2021, as a .pth file in a zip archive",
        owner=f"{ASVSPOOF2021}/tree/main/{track}/Baseline-RawNet2",
        licence="MIT",
        input=CLIP,
        imports_as="rawnet2",
    )


PUBLISHED = (
    _of_hub(
        "xls-r-300m",
        "facebook/wav2vec2-xls-r-300m",
        "XLS-R, 24 layers, 128 languages, 436,000 hours",
        APACHE,
        1_270_000_000,
        "d5e490574712ad0a6736923b9ed11d4cd51c78609c36205f704fc4e87b11d2e0",
        ("finetune", "xlsr_aasist", "xlsr_mhfa", "xlsr_rat", "xlsr_sls"),
    ),
    _of_hub(
        "xls-r-1b",
        "facebook/wav2vec2-xls-r-1b",
        "XLS-R, 48 layers of 1,280, 128 languages, 436,000 hours",
        APACHE,
        3_860_000_000,
    ),
    _of_hub(
        "xls-r-2b",
        "facebook/wav2vec2-xls-r-2b",
        "XLS-R, 48 layers of 1,920, 128 languages, 436,000 hours",
        APACHE,
        8_650_000_000,
        "d0309bd36442d439dca441c6d3edf96988118b3a251ac37c5bcefdfc2312dfa5",
    ),
    _of_hub(
        "mms-300m",
        "facebook/mms-300m",
        "MMS, 24 layers, over 1,000 languages",
        "CC BY-NC 4.0",
        1_270_000_000,
    ),
    _of_hub(
        "wav2vec2-base",
        "facebook/wav2vec2-base",
        "wav2vec 2.0, 12 layers, LibriSpeech",
        APACHE,
        380_000_000,
        "3249fe98bfc62fcbc26067f724716a6ec49d12c4728a2af1df659013905dff21",
    ),
    _of_hub(
        "hubert-base",
        "facebook/hubert-base-ls960",
        "HuBERT, 12 layers, LibriSpeech",
        APACHE,
        378_000_000,
        "062249fffb353eab67547a2fbc129f7c31a2f459faf641b19e8fb007cc5c48ad",
    ),
    _of_hub(
        "hubert-large",
        "facebook/hubert-large-ll60k",
        "HuBERT, 24 layers, Libri-Light",
        APACHE,
        1_260_000_000,
        "45a299050945479a68cffe2ab7a63fd08931718ba18f05a42dbb86a5164178e0",
    ),
    _of_hub(
        "mhubert-147",
        "utter-project/mHuBERT-147",
        "HuBERT, 12 layers, 147 languages",
        "CC BY-NC-SA 4.0",
        378_000_000,
        "9f2a500d9ff74a801608c732cf30b2d97863df366d9b659a28b39eb2caf2b10a",
    ),
    _of_hub(
        "wavlm-base",
        "microsoft/wavlm-base",
        "WavLM, 12 layers, LibriSpeech",
        WAVLM,
        378_000_000,
        "b41ab60fdcdc113ff164212c72b371dcd420a5773ca1f6c8f54d6809225ce072",
    ),
    _of_hub(
        "wavlm-base-plus",
        "microsoft/wavlm-base-plus",
        "WavLM, 12 layers, 94,000 hours",
        WAVLM,
        378_000_000,
    ),
    _of_hub(
        "wavlm-large",
        "microsoft/wavlm-large",
        "WavLM, 24 layers, 94,000 hours",
        WAVLM,
        1_260_000_000,
        configs=("wavlm_nes2net",),
    ),
    Entry(
        name="xls-r-300m-fairseq",
        files=(File("https://dl.fbaipublicfiles.com/fairseq/wav2vec/xlsr2_300m.pt"),),
        what="XLS-R of 24 layers as fairseq saved it, with its optimiser",
        owner="https://github.com/facebookresearch/fairseq/tree/main/examples/wav2vec/xlsr",
        licence="MIT",
        input="16 kHz",
    ),
    Entry(
        name="aasist",
        files=(
            File(
                f"{AASIST}/raw/main/models/weights/AASIST.pth",
                "51d2d9cf0738172f61e2a384ec50a54a55363240f67c971ed55a92435bc1a1c0",
            ),
        ),
        what="AASIST, trained on ASVspoof 2019 LA",
        owner=AASIST,
        licence="MIT",
        bytes=1_281_532,
        input=CLIP,
        imports_as="aasist",
    ),
    Entry(
        name="aasist-l",
        files=(
            File(
                f"{AASIST}/raw/main/models/weights/AASIST-L.pth",
                "814331d088032bb4c3fa61cc014789eadeed464209dd094ab3a2dd6ffbdce27a",
            ),
        ),
        what="AASIST-L of 85,306 parameters, trained on ASVspoof 2019 LA",
        owner=AASIST,
        licence="MIT",
        bytes=426_428,
        input=CLIP,
        imports_as="aasist_l",
    ),
    Entry(
        name="aasist-asvspoof5",
        files=(
            File(
                f"{ASVSPOOF5}/raw/d474fe2db1b629d791e52684532b7935342c1514/Baseline-AASIST/"
                "models/weights/AASIST/best.pth",
                "8f10fe1d1ce3ac62c19f00b86dfaf79f86f464301d23e08726b16b02edbb601c",
            ),
        ),
        what="AASIST, the baseline of ASVspoof 5",
        owner=ASVSPOOF5,
        licence="MIT",
        bytes=1_275_639,
        input=CLIP,
        imports_as="aasist",
    ),
    _rawnet2("LA"),
    _rawnet2("DF"),
    Entry(
        name="ssl-aasist",
        page=f"{DRIVE}/drive/folders/1c4ywztEVlYVijfwbGLl9OEa1SNtFKppB",
        what="XLS-R 300M with SSL-AASIST, trained on ASVspoof 2019 LA; two files, for LA and DF",
        owner=SSL_AASIST,
        licence="MIT (of the code; the page of the files names none)",
        input=CLIP,
        imports_as="ssl_aasist",
    ),
    Entry(
        name="nes2net-x",
        page=f"{DRIVE}/file/d/1JFGv_2TONMnTLGbiOIuHFfMvuo4SIIpg/view",
        what="XLS-R 300M with Nes2Net-X, trained on ASVspoof 2019 LA; the best of 2021 DF",
        owner=NES2NET,
        licence="none is named",
        input=CLIP,
        imports_as="nes2net",
    ),
    Entry(
        name="nes2net-x-in-the-wild",
        page=f"{DRIVE}/file/d/14YD8A54HLkXzlp7PWZ5iTW56WmQTIeEy/view",
        what="XLS-R 300M with Nes2Net-X, trained on ASVspoof 2019 LA; the best of In-the-Wild",
        owner=NES2NET,
        licence="none is named",
        input="16 kHz, whole utterances, as they are",
        imports_as="nes2net",
    ),
    Entry(
        name="nes2net-x-asvspoof5",
        page="https://entuedu-my.sharepoint.com/:u:/g/personal/truongdu001_e_ntu_edu_sg/"
        "EaBasBsecRpErWEVzXdht7cBiWWYFuLTeXt11ABbHX9yBg?e=vxVOOI",
        what="WavLM large with Nes2Net-X, trained on ASVspoof 5",
        owner=f"{NES2NET}/tree/asvspoof5",
        licence="none is named",
        input=CLIP,
        imports_as="nes2net_asvspoof5",
    ),
    Entry(
        name="lfcc-lcnn",
        files=(
            File(
                f"{NII}/raw/3e37e02fa9a43923c4d0d6b052b3b65475af5bd8/project/04-asvspoof2021-toy/"
                "lfcc-lcnn-lstm-sig_toy_example/__pretrained/trained_network.pt"
            ),
        ),
        what="LFCC-LCNN with two LSTMs, trained on ASVspoof 2019 LA",
        owner=NII,
        licence="BSD-3-Clause",
        input="LFCC of 16 kHz, clips of any length",
        imports_as="lfcc_lcnn_blstm",
    ),
)
