"""The engines by name; each is imported when it is asked for."""

from discovery.regression.backends.protocol import Backend

NAMES = ("operon", "pysr")


def backend(name: str) -> Backend:
    """The engine of that name, with its default settings.

    Raises:
        ValueError: there is no such engine.
    """
    match name:
        case "operon":
            from discovery.regression.backends.operon import Operon

            return Operon()
        case "pysr":
            from discovery.regression.backends.pysr import PySR

            return PySR()
    raise ValueError(f"backend must be one of {', '.join(NAMES)}; got {name!r}")


def require_engine(name: str) -> None:
    """Refuse an engine that is not installed, before work is begun.

    Raises:
        ValueError: one line that says what to install.
    """
    if name == "operon":
        from discovery.regression.backends.operon import require_operon

        require_operon()
    if name == "pysr" and (line := _pysr_missing()) is not None:
        raise ValueError(line)


def _pysr_missing() -> str | None:
    from discovery.regression.backends.pysr import missing

    return missing()
