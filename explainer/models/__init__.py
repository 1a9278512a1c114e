"""Explanations, who writes them, what is asked, and what it costs."""

from explainer.models.asking_settings import AskingSettings
from explainer.models.assessment import Assessment
from explainer.models.explanation import Explanation, ExplanationQuerySet
from explainer.models.prompt_version import PromptVersion
from explainer.models.provider_config import EMBEDDED, ProviderConfig
from explainer.models.question import Question
from explainer.models.spending import Budget, Spending

__all__ = [
    "EMBEDDED",
    "AskingSettings",
    "Assessment",
    "Budget",
    "Explanation",
    "ExplanationQuerySet",
    "PromptVersion",
    "ProviderConfig",
    "Question",
    "Spending",
]
