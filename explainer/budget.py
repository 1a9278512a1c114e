"""A budget that holds: what an exchange may cost is reserved before it, and settled after."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from explainer.models import Budget, ProviderConfig, Spending
from simulation.models import Plant, Pulse

#: The row whose lock makes looking and reserving a single act.
GATE = "budget"
#: A token is at least so many characters of the JSON and the words that are sent.
CHARACTERS_PER_TOKEN = 2.5


class OverBudget(Exception):
    """The exchange might cost more than is left; the message says of which limit."""


def most_of(config: ProviderConfig, characters: int) -> tuple[int, Decimal | None]:
    """Return the most tokens and USD of an exchange; None for USD where no price is known."""
    tokens_in = round(characters / CHARACTERS_PER_TOKEN)
    return tokens_in + config.max_tokens, config.cost(tokens_in, config.max_tokens)


def reserve(config: ProviderConfig, plant: Plant | None, characters: int) -> Spending:
    """Reserve the most that an exchange of so many characters can cost. Raises OverBudget."""
    tokens, cost = most_of(config, characters)
    most = cost or Decimal(0)
    day = timezone.now().date()
    with transaction.atomic():
        Pulse.objects.get_or_create(pk=GATE)
        Pulse.objects.select_for_update().get(pk=GATE)
        today = Spending.objects.filter(day=day)
        ours = today.filter(provider=config.name)
        limits = Budget.of_installation()
        for spent, limit, words in (
            (_money(ours), config.budget_per_day, f"of {config.title}"),
            (_money(today), limits.per_day, "of all providers"),
            (_money(today.filter(plant=plant)), limits.per_plant_and_day, f"of {plant or 'tests'}"),
        ):
            # 0 means nothing at all, also where the price is not known or nothing.
            if limit is not None and (spent + most > limit or limit == 0):
                raise OverBudget(
                    f"The budget {words} is used up for today (UTC): {spent:.4f} of {limit:.4f} "
                    f"USD, and this may cost {most:.4f}. The embedded explainer goes on alone; an "
                    "admin can change the limit."
                )
        used = _tokens(ours)
        if config.tokens_per_day is not None and used + tokens > config.tokens_per_day:
            raise OverBudget(
                f"The tokens of {config.title} are used up for today (UTC): {used} of "
                f"{config.tokens_per_day}, and this may take {tokens}. The embedded explainer goes "
                "on alone; an admin can change the limit."
            )
        return Spending.objects.create(
            provider=config.name, plant=plant, day=day, estimate=most, tokens_estimate=tokens
        )


def settle(
    spending: Spending, config: ProviderConfig, tokens_in: int | None, tokens_out: int | None
) -> None:
    """Put what it took in the place of the estimate; where nobody counted, the estimate stays."""
    if tokens_in is None and tokens_out is None:
        spending.cost, spending.tokens = spending.estimate, spending.tokens_estimate
    else:
        spending.cost = config.cost(tokens_in or 0, tokens_out)  # None: no prices are known
        spending.tokens = (tokens_in or 0) + (tokens_out or 0)
    spending.save(update_fields=["cost", "tokens"])


def release(spending: Spending) -> None:
    """Give back a reservation: the other side refused, so nothing was written or paid."""
    spending.cost, spending.tokens = Decimal(0), 0
    spending.save(update_fields=["cost", "tokens"])


def used_up(configs: Iterable[ProviderConfig]) -> list[str]:
    """Return, for the pages, which limits leave nothing today."""
    day = timezone.now().date()
    today, limits = Spending.objects.filter(day=day), Budget.of_installation()
    found = []
    if limits.per_day is not None and _money(today) >= limits.per_day:
        found.append("The budget of all providers is used up for today (UTC).")
    for config in configs:
        ours = today.filter(provider=config.name)
        money, tokens = config.budget_per_day, config.tokens_per_day
        if (money is not None and _money(ours) >= money) or (
            tokens is not None and _tokens(ours) >= tokens
        ):
            found.append(f"The budget of {config.title} is used up for today (UTC).")
    return found


def _money(rows: "QuerySet[Spending]") -> Decimal:
    found = rows.aggregate(sum=Sum(Coalesce("cost", "estimate")))["sum"]
    return found or Decimal(0)


def _tokens(rows: "QuerySet[Spending]") -> int:
    return rows.aggregate(sum=Sum(Coalesce("tokens", "tokens_estimate")))["sum"] or 0
