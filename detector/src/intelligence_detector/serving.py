"""What serving a model takes beside the model. Nothing here can train, which keeps the service small."""

from dataclasses import replace
from pathlib import Path

from intelligence_detector.encoder.errors import EncoderError
from intelligence_detector.legacy import Legacy
from intelligence_detector.lexicon import Example, Normal
from intelligence_detector.modelfile import version_of
from intelligence_detector.patterns import Known
from intelligence_detector.tiers.models import Models


def with_encoder(models: Models, folder: Path | None) -> Models:
    """Give models the encoder that they were taught with."""
    if folder is None:
        return models
    if models.witnesses.by_encoder is None:
        raise EncoderError(f"{folder}: the model was taught without an encoder; train it with one, or give none here")
    # The encoder's code is read only where there is one.
    from intelligence_detector.encoder.store import key_of, open_encoder  # noqa: PLC0415 - an optional extra

    if models.about.get("encoder_key") != key_of(folder):
        raise EncoderError(
            f"{folder}: is not the encoder that the model was taught with ({models.about.get('encoder')})"
        )
    return replace(models, encode=open_encoder(folder).encode)


def facts_of(models: Models) -> dict[str, object]:
    """What a person asks of the model that runs."""
    encoder = models.about.get("encoder") if models.encodes else "none: full analysis runs without a sentence encoder"
    facts = {"version": version_of(models), "labels": len(models.labels), "examples": models.about.get("examples")}
    return facts | {"encoder": encoder}


def legacy_of(models: Models) -> Legacy:
    """The eight legacy steps over the same examples."""
    retrieval = models.witnesses.retrieval
    words = [tuple(text.split()) for text in retrieval.texts]
    forms = [Normal(one, one) for one in words]
    return Legacy([Example(form, models.labels[at]) for form, at in zip(forms, retrieval.labels.tolist(), strict=True)])


def known_to(models: Models) -> tuple[Known, ...]:
    """The examples a model remembers, as requests that no pattern may take from their own."""
    retrieval = models.witnesses.retrieval
    pairs = zip(retrieval.texts, retrieval.labels.tolist(), strict=True)
    return tuple(Known(frozenset(text.split()), models.labels[at]) for text, at in pairs)
