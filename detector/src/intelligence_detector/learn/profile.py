"""A linear model that reads all texts of a label as one document; strong where labels are only described."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Matrix = NDArray[np.floating[Any]]

NEARNESS: Final = 20.0
"""Turns a cosine into log-odds; the weight of this witness is learned on top."""
EPSILON: Final = 1e-9


def train(features: Any, places: NDArray[np.intp], labels: int) -> tuple[Matrix, Matrix]:  # noqa: ANN401 - scipy's sparse matrices have no types
    """Weights [n-gram, label] whose scores are the cosine of a text with each label's document; no constants."""
    texts = len(places)
    belongs = sparse.csr_matrix((np.ones(texts), (places, np.arange(texts))), shape=(labels, texts))
    counts = (belongs @ (features > 0).astype(np.float64)).tocsr()
    spread = np.asarray((counts > 0).sum(axis=0)).ravel()
    counts.data = 1 + np.log(counts.data)
    documents = (counts @ sparse.diags(np.log((1 + labels) / (1 + spread)))).toarray()
    documents /= np.linalg.norm(documents, axis=1, keepdims=True) + EPSILON
    return np.asarray(NEARNESS * documents.T, np.float32), np.zeros(labels, np.float32)
