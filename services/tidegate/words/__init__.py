"""Words: what commands say of the law, in English and in Traditional and Simplified Chinese.

Message catalogues in ``data/<language>.toml``, by ids like ``reason.not_granted``. Knows no rules and no law: ids are
the codes that those give.
"""

from tidegate.words.catalogue import LANGUAGES, Catalogue, catalogue

__all__ = ["LANGUAGES", "Catalogue", "catalogue"]
