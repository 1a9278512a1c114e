"""Language models behind one small interface: a module for each protocol, with its SDK in it."""

from explainer.providers.anthropic_messages import AnthropicProvider
from explainer.providers.base import (
    Cancelled,
    Connection,
    Message,
    OnText,
    Provider,
    ProviderError,
    Reply,
    Request,
    ToolCall,
)
from explainer.providers.gemini import GeminiProvider
from explainer.providers.openai_chat import OpenAIProvider

PROTOCOLS: dict[str, type[Provider]] = {
    kind.protocol: kind for kind in (AnthropicProvider, OpenAIProvider, GeminiProvider)
}

__all__ = [
    "PROTOCOLS",
    "AnthropicProvider",
    "Cancelled",
    "Connection",
    "GeminiProvider",
    "Message",
    "OnText",
    "OpenAIProvider",
    "Provider",
    "ProviderError",
    "Reply",
    "Request",
    "ToolCall",
]
