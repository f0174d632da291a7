"""A catalog with everything that a catalog can say, and candidates that use it."""

from typing import Any

DOCUMENT: dict[str, Any] = {
    "currency": "usd",
    "time_zone": "America/New_York",
    "features": {
        "call": {"name": "API calls", "unit": "call", "unit_cost": "0.001"},
        "chat": {"name": "Chat", "unit": "request"},
        "sms": {"name": "SMS", "unit": "message"},
        "editors": {"name": "Editors", "unit": "seat", "type": "seats"},
        "projects": {"name": "Projects", "unit": "project", "type": "quota"},
        "sso": {"name": "SSO", "type": "boolean"},
        "audit": {"name": "Audit log", "type": "boolean"},
    },
    "plans": {
        "pro": {
            "name": "Pro",
            "consumption_model": "metered",
            "prices": {"monthly": "60", "yearly": "600"},
            "trial_days": 14,
            "features": {
                "call": {
                    "included": "500",
                    "overage": {
                        "tiers_mode": "graduated",
                        "tiers": [{"up_to": "1000", "unit_price": "0.1", "flat_amount": "5"}, {"unit_price": "0.08"}],
                    },
                },
                "editors": {
                    "included": "3",
                    "overage": {
                        "tiers_mode": "volume",
                        "tiers": [
                            {"up_to": "10", "unit_price": {"monthly": "12", "yearly": "120"}},
                            {"unit_price": {"monthly": "10", "yearly": "100"}, "flat_amount": {"monthly": "1", "yearly": "9"}},
                        ],
                    },
                },
                "projects": {"included": "20"},
                "sso": True,
            },
            "minimum_commitment": {"amount": "100", "per": "term", "term_months": 12},
            "spend_cap": {"amount": "200", "beyond": "free"},
            "versions": [{"from": "2026-06-01", "prices": {"monthly": "65"}, "features": {"call": {"included": "600"}}}],
        },
        "wallet": {
            "name": "Wallet",
            "consumption_model": "balance",
            "prices": {"monthly": "30"},
            "included_balance": "25",
            "block_on_exhaustion": True,
            "rollover": {"max_periods": 2, "max_amount": "10"},
            "features": {
                "call": {"unit_price": "0.05"},
                "chat": {"pricing": "ai_model", "margin": "0.2"},
                "editors": {"included": "1", "overage": {"package_size": "5", "package_price": "20"}},
            },
        },
        "packs": {
            "name": "Packs",
            "consumption_model": "credits",
            "prices": {"monthly": "20"},
            "included_credits": "1000",
            "billing_day": 15,
            "rollover": {"max_periods": 1},
            "features": {"call": {"credits_per_unit": "2"}, "editors": {"unlimited": True}},
        },
    },
    "credit_packs": {"burst": {"name": "Burst", "credits": "500", "price": "20", "expires_after_days": 30}},
    "plan_groups": {"standard": ["pro"]},
    "addons": {
        "texts": {
            "name": "Texts",
            "feature": "sms",
            "consumption_model": "metered",
            "base_price": {"monthly": "18", "yearly": "180"},
            "included": "500",
            "overage": {"unit_price": "0.04"},
        },
        "auditing": {"feature": "audit", "consumption_model": "boolean", "base_price": {"monthly": "40", "yearly": "400"}},
    },
    "offers": {
        "welcome": {"name": "Welcome", "percent": "20", "cycles": 3},
        "launch": {
            "name": "Launch",
            "starts_at": "2026-01-01",
            "ends_at": "2026-07-01",
            "phases": [
                {"type": "free_trial", "duration_days": 14},
                {"type": "percentage", "percentage": "50", "duration_cycles": 2},
                {"type": "fixed_price", "price": "39", "duration_cycles": 1},
                {"type": "amount_off", "amount": "10"},
            ],
        },
    },
    "promo_codes": {
        "SPRING": {
            "offer": "welcome",
            "plans": ["pro"],
            "billing_interval": "monthly",
            "max_redemptions": 100,
            "expires_at": "2026-12-31",
        }
    },
}

CANDIDATES: tuple[dict[str, Any], ...] = (
    {"name": "Pro", "plan": "pro", "offer": "launch", "addons": ["texts", "auditing"], "spend_cap": {"amount": "100"}},
    {"name": "Code", "plan": "pro", "promo_code": "SPRING"},
    {"name": "Wallet", "plan": "wallet", "top_up": {"amount": "20"}},
    {"name": "Packs", "plan": "packs", "purchases": {"pack": "burst"}},
)
