"""Teach the witnesses from a set of lessons."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from intelligence_detector.learn import dense, habits
from intelligence_detector.learn import network as learning
from intelligence_detector.learn.lessons import Lesson
from intelligence_detector.tiers.dense import DenseHead
from intelligence_detector.tiers.features import Vocabulary, all_grams, counted
from intelligence_detector.tiers.models import Encode, Witnesses
from intelligence_detector.tiers.network import Network, Weights
from intelligence_detector.tiers.packed import Packed
from intelligence_detector.tiers.retrieval import Retrieval
from intelligence_detector.tiers.spelling import Spelling
from intelligence_detector.tiers.static import StaticTable
from intelligence_detector.tiers.surroundings import Surroundings, kinds_of

Matrix = NDArray[np.floating[Any]]
Tick = Callable[[], None]
Linear = Callable[[Any, NDArray[np.intp], int], tuple[Matrix, Matrix]]

MANY: Final = 4_000
"""From so many texts on, n-grams that occur once are noise that costs memory."""
UPDATES: Final = 240_000
"""Examples shown to the network altogether, within the bounds of epochs."""
FEWEST_EPOCHS, MOST_EPOCHS = 15, 40
HOLD_TABLE: Final = 0.05
HOLD_ENCODER: Final = 0.05
NEARNESS: Final = 20.0
"""Turns a cosine into log-odds; the weight of this witness is learned on top."""
EPSILON: Final = 1e-9
DOUBT: Final = 2.0
"""Votes for nobody when a project or a kind of file is seldom met."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What stays the same over all folds."""

    labels: tuple[str, ...]
    recipe: learning.Recipe
    seed: int
    linear: Linear | None = None
    """How a linear model is trained, where the set is small enough for one too."""
    table: StaticTable | None = None
    encode: Encode | None = None


def epochs_for(texts: int) -> int:
    """Small sets are shown more often."""
    return int(min(MOST_EPOCHS, max(FEWEST_EPOCHS, UPDATES // max(1, texts))))


def fit(lessons: Sequence[Lesson], outside: Sequence[Lesson], plan: Plan, tick: Tick = lambda: None) -> Witnesses:
    """Every witness, taught by these lessons; `outside` are texts of none of the labels."""
    index = {label: place for place, label in enumerate(plan.labels)}
    places = np.array([index[lesson.label] for lesson in lessons])
    by_encoder, by_centre = _by_encoder(lessons, places, plan)
    network = _network(lessons, outside, places, plan, tick)
    return Witnesses(
        labels=plan.labels,
        exact=_exact(lessons),
        network=network,
        spelling=Spelling.of(network.vocabulary),
        retrieval=Retrieval([" ".join(lesson.normal.folded) for lesson in lessons], places, len(plan.labels)),
        surroundings=_surroundings(lessons, places, plan.labels),
        table=plan.table,
        by_table=_by_table(lessons, places, plan),
        by_encoder=by_encoder,
        by_centre=by_centre,
    )


def matrix(vocabulary: Vocabulary, lessons: Sequence[Lesson]) -> Any:  # noqa: ANN401 - scipy's sparse matrices have no types
    """One row of weighted n-grams per lesson."""
    rows = [counted(vocabulary.rows(all_grams(lesson.normal)), vocabulary.rarity) for lesson in lessons]
    ends = np.cumsum([0, *(len(places) for places, _ in rows)])
    places = np.concatenate([places for places, _ in rows])
    values = np.concatenate([values for _, values in rows]).astype(np.float32)
    return sparse.csr_matrix((values, places, ends), shape=(len(rows), len(vocabulary)), dtype=np.float32)


def _exact(lessons: Sequence[Lesson]) -> Mapping[bytes, str]:
    """Normal forms that always meant the same."""
    meanings: dict[bytes, set[str]] = defaultdict(set)
    for lesson in lessons:
        meanings[lesson.normal.digest].add(lesson.label)
    return {digest: next(iter(labels)) for digest, labels in meanings.items() if len(labels) == 1}


def _network(
    lessons: Sequence[Lesson], outside: Sequence[Lesson], places: NDArray[np.intp], plan: Plan, tick: Tick
) -> Network:
    everything = [*lessons, *outside]
    vocabulary = Vocabulary.of([one.normal for one in everything], at_least=2 if len(everything) >= MANY else 1)
    columns = len(plan.labels) + bool(outside)
    everywhere = np.concatenate([places, np.full(len(outside), len(plan.labels), np.intp)])
    targets = _targets(everywhere, columns, plan.recipe.smooth)
    features = matrix(vocabulary, everything)
    layers = learning.train(features, targets, plan.recipe, plan.seed, tick)
    weights = Weights(Packed.of(layers.inputs), layers.hidden_bias, layers.outputs, layers.output_bias)
    if plan.linear is not None:
        weights = _with_linear(weights, plan.linear(features[: len(lessons)], places, len(plan.labels)))
    return Network(vocabulary, weights, len(plan.labels))


def retaught(
    witnesses: Witnesses, lessons: Sequence[Lesson], outside: Sequence[Lesson], plan: Plan, tick: Tick = lambda: None
) -> Witnesses:
    """The same witnesses, but those whom the quick filter hears are taught by these lessons."""
    places = np.array([plan.labels.index(lesson.label) for lesson in lessons])
    network = _network(lessons, outside, places, plan, tick)
    spelling, by_table = Spelling.of(network.vocabulary), _by_table(lessons, places, plan)
    return replace(witnesses, network=network, spelling=spelling, by_table=by_table)


def relearned(witnesses: Witnesses, lessons: Sequence[Lesson], linear: Linear) -> Witnesses:
    """The same witnesses, taught by these lessons, with another linear model."""
    network, labels = witnesses.network, witnesses.labels
    places = np.array([labels.index(lesson.label) for lesson in lessons])
    learned = linear(matrix(network.vocabulary, lessons), places, len(labels))
    weights = _with_linear(network.weights, learned)
    return replace(witnesses, network=Network(network.vocabulary, weights, len(labels)))


def _with_linear(weights: Weights, learned: tuple[Matrix, Matrix]) -> Weights:
    table, bias = learned
    return replace(weights, linear=Packed.of(table), linear_bias=bias)


def _targets(places: NDArray[np.intp], columns: int, smooth: float) -> Matrix:
    targets = np.full((len(places), columns), smooth / columns, np.float32)
    targets[np.arange(len(places)), places] += 1 - smooth
    return targets


def _by_table(lessons: Sequence[Lesson], places: NDArray[np.intp], plan: Plan) -> DenseHead | None:
    if plan.table is None:
        return None
    vectors = np.array([plan.table.vector(lesson.normal) for lesson in lessons])
    return dense.train(vectors, _targets(places, len(plan.labels), 0.0), HOLD_TABLE)


def _by_encoder(
    lessons: Sequence[Lesson], places: NDArray[np.intp], plan: Plan
) -> tuple[DenseHead | None, DenseHead | None]:
    """A linear model on the encoder's vectors, and the middle of each label's vectors."""
    if plan.encode is None:
        return None, None
    vectors = np.array([plan.encode(lesson.normal.text) for lesson in lessons])
    targets = _targets(places, len(plan.labels), 0.0)
    middles = targets.T @ vectors
    middles /= np.linalg.norm(middles, axis=1, keepdims=True) + EPSILON
    centre = DenseHead(np.asarray(NEARNESS * middles.T, np.float32), np.zeros(len(plan.labels), np.float32))
    return dense.train(vectors, targets, HOLD_ENCODER), centre


def _surroundings(lessons: Sequence[Lesson], places: NDArray[np.intp], labels: Sequence[str]) -> Surroundings:
    base = np.bincount(places, minlength=len(labels)) + 1.0
    projects: dict[str, Counter[int]] = defaultdict(Counter)
    kinds: dict[str, Counter[int]] = defaultdict(Counter)
    for lesson, place in zip(lessons, places.tolist(), strict=True):
        if lesson.hints.project:
            projects[lesson.hints.project][place] += 1
        for path in lesson.hints.files:
            for kind in kinds_of(path):
                kinds[kind][place] += 1
    share = base / base.sum()
    return Surroundings(tuple(labels), _odds(projects, share), _odds(kinds, share), habits.learn(lessons, labels))


def _odds(counts: Mapping[str, Counter[int]], share: Matrix) -> dict[str, Matrix]:
    """By how much each label is likelier there than anywhere."""
    odds = {}
    for name, counter in counts.items():
        votes = DOUBT * share + np.array([counter[place] for place in range(len(share))])
        odds[name] = np.log(votes / votes.sum() / share)
    return odds
