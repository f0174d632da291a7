"""The products whose usage can be generated: what their customers use, how much, and when.

Every number here is an assumption. The shapes are those of real services: sizes of customers are log-normal with a
spread near 2 (in published traces of a language-model service the tenth of clients that is largest makes three quarters
of the requests), days and weeks have a cycle, and customers come, grow, pause and go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

HourProfile = tuple[float, ...]


@dataclass(frozen=True)
class ModelUse:
    """An AI model that some of a feature's events use, and how an average one does.

    model          as the public price list names it
    share          of the feature's events; those of a feature's models add up to 1
    input_tokens, output_tokens   mean of an event
    cached_share   of the input, the mean share that is read from the cache
    """

    model: str
    share: float
    input_tokens: float
    output_tokens: float
    cached_share: float = 0


@dataclass(frozen=True)
class UsageFeature:
    """One feature of a product, and how an average customer uses it.

    events_per_day   events of an average customer on an average day
    units_per_event  mean value of an event, in `unit`
    spread           standard deviation of the logarithm of an event's value; 0: all events alike
    decimals         decimal places of a value, 0 to 6; 0 for what is counted
    adoption_share   share of customers that use the feature at all
    stock            a reading of what the customer holds (storage): as often for small customers as for large ones,
                     with a value that follows the customer's size, unmoved by weekends and bursts
    models           where an event is a request to an AI model: which, and with how many tokens
    """

    code: str
    name: str
    unit: str
    events_per_day: float
    units_per_event: float = 1
    spread: float = 0
    decimals: int = 0
    adoption_share: float = 1
    stock: bool = False
    models: tuple[ModelUse, ...] = ()


@dataclass(frozen=True)
class Preset:
    """A product and its customers.

    resembles              one sentence: whom these customers are like
    size_spread            standard deviation of the logarithm of customers' sizes: 1 is even, 2 very uneven
    taste_spread           the same for how much of one feature a customer uses beside the others
    established_share      share of customers that are there when the usage begins; the others arrive later
    arrival_days           mean days until one of those others arrives
    churn_per_month        share of customers that leave for good in a month
    idle_month_share       share of calendar months in which a customer uses nothing
    active_day_share       share of days on which a customer uses the product
    day_spread             standard deviation of the logarithm of a customer's usage from one active day to another
    growth_per_month       mean growth of a customer in a month (0.05: five per cent)
    growth_spread          standard deviation of that growth between customers
    burst_share            share of three-day stretches in which a customer's usage multiplies
    burst_factor           mean factor of such a burst
    week                   usage on Monday … Sunday against an average day
    hours                  24 weights: usage in each hour of a customer's local day
    time_zones             (hours ahead of UTC, share of customers), shares adding up to 1
    """

    code: str
    name: str
    resembles: str
    features: tuple[UsageFeature, ...]
    size_spread: float
    taste_spread: float
    established_share: float
    arrival_days: float
    churn_per_month: float
    idle_month_share: float
    active_day_share: float
    day_spread: float
    growth_per_month: float
    growth_spread: float
    burst_share: float
    burst_factor: float
    week: tuple[float, ...]
    hours: HourProfile
    time_zones: tuple[tuple[float, float], ...]


_OFFICE_HOURS: HourProfile = (1, 1, 1, 1, 1, 2, 3, 6, 10, 12, 12, 11, 9, 11, 12, 11, 10, 8, 6, 4, 3, 3, 2, 1)
_EVENINGS: HourProfile = (4, 2, 1, 1, 1, 1, 2, 3, 4, 5, 6, 6, 7, 6, 6, 7, 7, 8, 9, 11, 12, 12, 10, 7)
_AROUND_THE_CLOCK: HourProfile = (6, 5, 5, 5, 5, 6, 7, 8, 10, 11, 11, 11, 10, 11, 11, 11, 10, 10, 9, 9, 9, 8, 8, 7)

_WORKING_WEEK = (1.25, 1.27, 1.25, 1.22, 1.13, 0.43, 0.45)
_LEISURE_WEEK = (0.92, 0.9, 0.92, 0.95, 1.0, 1.17, 1.14)
_STEADY_WEEK = (1.07, 1.08, 1.08, 1.07, 1.04, 0.83, 0.83)

_WORLDWIDE = ((-8, 0.2), (-5, 0.3), (0, 0.15), (1, 0.2), (5.5, 0.1), (9, 0.05))
_ATLANTIC = ((-8, 0.25), (-5, 0.4), (0, 0.15), (1, 0.2))

_AI_IMAGES = Preset(
    code="ai_images",
    name="AI image generator",
    resembles="An image generator sold to hobbyists, designers and a few studios, most of whom create in the evening.",
    features=(
        UsageFeature("image", "Image", "image", events_per_day=2.4, units_per_event=2.6, spread=0.5),
        UsageFeature("upscale", "Upscaled image", "image", events_per_day=0.7, adoption_share=0.8),
        UsageFeature(
            "video_seconds",
            "Video",
            "second",
            events_per_day=0.25,
            units_per_event=5,
            spread=0.4,
            decimals=1,
            adoption_share=0.4,
        ),
    ),
    size_spread=1.5,
    taste_spread=0.5,
    established_share=0.6,
    arrival_days=90,
    churn_per_month=0.05,
    idle_month_share=0.09,
    active_day_share=0.4,
    day_spread=0.8,
    growth_per_month=0.05,
    growth_spread=0.07,
    burst_share=0.02,
    burst_factor=4,
    week=_LEISURE_WEEK,
    hours=_EVENINGS,
    time_zones=_WORLDWIDE,
)

_EMAIL_API = Preset(
    code="email_api",
    name="Email and messaging API",
    resembles="A messaging API behind receipts, sign-ups and newsletters, called in batches by companies of every size.",
    features=(
        UsageFeature("message", "Message", "message", events_per_day=9, units_per_event=110, spread=1.6),
        UsageFeature(
            "address_check", "Address check", "check", events_per_day=2.5, units_per_event=12, spread=1.2, adoption_share=0.5
        ),
        UsageFeature(
            "attachment_gb",
            "Attachment traffic",
            "GB",
            events_per_day=1.2,
            units_per_event=0.12,
            spread=1.3,
            decimals=6,
            adoption_share=0.6,
        ),
    ),
    size_spread=2.0,
    taste_spread=0.6,
    established_share=0.75,
    arrival_days=80,
    churn_per_month=0.03,
    idle_month_share=0.04,
    active_day_share=0.85,
    day_spread=0.6,
    growth_per_month=0.04,
    growth_spread=0.07,
    burst_share=0.03,
    burst_factor=6,
    week=_WORKING_WEEK,
    hours=_OFFICE_HOURS,
    time_zones=_ATLANTIC,
)

_LLM_CHAT = Preset(
    code="llm_chat",
    name="LLM chat and coding assistant",
    resembles="A chat assistant for people at work, where a few power users and agents send most of the requests.",
    features=(
        UsageFeature(
            "request",
            "Request",
            "request",
            events_per_day=7,
            models=(
                ModelUse("anthropic/claude-haiku-4-5", 0.7, input_tokens=2600, output_tokens=900, cached_share=0.5),
                ModelUse("openai/gpt-5-mini", 0.3, input_tokens=2600, output_tokens=1300, cached_share=0.4),
            ),
        ),
        UsageFeature(
            "advanced_request",
            "Request to an advanced model",
            "request",
            events_per_day=2.2,
            adoption_share=0.7,
            models=(
                ModelUse("anthropic/claude-sonnet-4-5", 0.6, input_tokens=6000, output_tokens=2200, cached_share=0.5),
                ModelUse("openai/gpt-5", 0.4, input_tokens=6000, output_tokens=2800, cached_share=0.4),
            ),
        ),
        UsageFeature(
            "agent_minutes",
            "Agent at work",
            "minute",
            events_per_day=0.5,
            units_per_event=6,
            spread=0.9,
            decimals=2,
            adoption_share=0.45,
        ),
        UsageFeature(
            "file_mb", "File read", "MB", events_per_day=0.6, units_per_event=2.5, spread=1.4, decimals=6, adoption_share=0.6
        ),
    ),
    size_spread=1.7,
    taste_spread=0.7,
    established_share=0.6,
    arrival_days=70,
    churn_per_month=0.05,
    idle_month_share=0.06,
    active_day_share=0.6,
    day_spread=0.7,
    growth_per_month=0.05,
    growth_spread=0.09,
    burst_share=0.02,
    burst_factor=4,
    week=_WORKING_WEEK,
    hours=_OFFICE_HOURS,
    time_zones=_WORLDWIDE,
)

_CLOUD_PLATFORM = Preset(
    code="cloud_platform",
    name="Cloud platform",
    resembles="A hosting platform with compute, storage and traffic, from side projects to a few companies that fill it.",
    features=(
        UsageFeature("compute_hours", "Compute", "hour", events_per_day=5, units_per_event=1.5, spread=1.1, decimals=6),
        UsageFeature(
            "storage_gb_hours",
            "Storage",
            "GB-hour",
            events_per_day=1,
            units_per_event=600,
            spread=0.1,
            decimals=6,
            adoption_share=0.9,
            stock=True,
        ),
        UsageFeature("requests", "Requests", "request", events_per_day=6, units_per_event=5000, spread=1.5),
        UsageFeature("bandwidth_gb", "Outgoing traffic", "GB", events_per_day=3, units_per_event=0.9, spread=1.4, decimals=6),
        UsageFeature(
            "build_minutes",
            "Builds",
            "minute",
            events_per_day=1.2,
            units_per_event=4,
            spread=0.7,
            decimals=2,
            adoption_share=0.7,
        ),
    ),
    size_spread=2.0,
    taste_spread=0.8,
    established_share=0.7,
    arrival_days=90,
    churn_per_month=0.03,
    idle_month_share=0.03,
    active_day_share=0.95,
    day_spread=0.4,
    growth_per_month=0.04,
    growth_spread=0.06,
    burst_share=0.015,
    burst_factor=5,
    week=_STEADY_WEEK,
    hours=_AROUND_THE_CLOCK,
    time_zones=_WORLDWIDE,
)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {preset.code: preset for preset in (_AI_IMAGES, _EMAIL_API, _LLM_CHAT, _CLOUD_PLATFORM)}
)
"""The presets by code."""
