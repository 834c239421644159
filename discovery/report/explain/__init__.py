"""Certificates as arguments that people can read: numbered text for the terminal, LaTeX for a paper's appendix.

An `outline.Line` is a sentence with formulas in it and the lines below it. `conditions`, `signs`, `ladder` and
`refutation` make lines of the parts of a certificate (discovery/proof/README.md); `text` and `latex` print lines.
Nothing is checked here: that is the checker's business.
"""

from collections.abc import Mapping
from typing import Any


def explain(certificate: Mapping[str, Any], *, latex: bool = False) -> str:
    """The argument of a certificate, as text or as LaTeX.

    Args:
        certificate: the JSON object, as the checker accepts it.
        latex: a proposition and its proof instead of numbered lines; needs amsmath.

    Raises:
        ValueError: this is no certificate.
    """
    from discovery.report.explain import conditions
    from discovery.report.explain import latex as as_latex
    from discovery.report.explain import text as as_text

    try:
        argument = conditions.argument(certificate)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise ValueError(f"not a certificate that can be explained ({type(error).__name__}: {error})") from None
    return (as_latex if latex else as_text).render(argument)
