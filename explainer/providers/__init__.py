"""Who explains: the embedded diagnosis always, language models where they are configured."""

from explainer.providers.base import Answer, Prompt, Provider, ProviderError
from explainer.providers.claude import ClaudeProvider
from explainer.providers.embedded import EmbeddedProvider

#: In the order in which they are asked: the embedded one first, it takes milliseconds.
PROVIDERS: dict[str, type[Provider]] = {
    EmbeddedProvider.name: EmbeddedProvider,
    ClaudeProvider.name: ClaudeProvider,
}
REMOTE = tuple(name for name, kind in PROVIDERS.items() if kind.is_remote)

__all__ = [
    "PROVIDERS",
    "REMOTE",
    "Answer",
    "ClaudeProvider",
    "EmbeddedProvider",
    "Prompt",
    "Provider",
    "ProviderError",
    "configured_providers",
    "get_provider",
    "missing_providers",
]


def get_provider(name: str) -> Provider:
    """Return a provider by its name. Raises ProviderError for an unknown one."""
    if name not in PROVIDERS:
        raise ProviderError(
            f"There is no provider {name!r} any more; ask for a new explanation instead."
        )
    return PROVIDERS[name]()


def configured_providers() -> list[Provider]:
    """Return those that can be asked, the embedded one first."""
    return [provider for provider in _all() if provider.is_configured()]


def missing_providers() -> list[Provider]:
    """Return those that are not configured."""
    return [provider for provider in _all() if not provider.is_configured()]


def _all() -> list[Provider]:
    return [kind() for kind in PROVIDERS.values()]
