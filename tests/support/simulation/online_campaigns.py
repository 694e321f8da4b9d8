"""Campaigns for the archive of Online Retail: whole baskets, and customers of whom some are not known."""

# ruff: noqa: S608 - queries are put together from what stands in this file

from tests.support.simulation.campaign import Campaign


def off_large_orders(least: int) -> Campaign:
    """Return 50.00 off orders of so much."""
    return Campaign(
        {
            "id": "threshold",
            "name": f"50.00 off orders of {least // 100}.00",
            "requirement": {"gross_amount": least},
            "reward": {"type": "discount_amount", "value": 5_000},
        },
        f"""
        given AS (
            SELECT receipt_id, receipts.customer_id, least(5000, sum(net)) AS discount
            FROM receipts JOIN takers USING (receipt_id)
            WHERE receipts.gross_amount >= {least} GROUP BY ALL
        )
        """,
    )


def three_for_two(family: str) -> Campaign:
    """Return three for two of some goods: of the pieces in falling price every third is free."""
    return Campaign(
        {
            "id": "three for two",
            "name": f"Three for two: {family}",
            "requirement": {"item": {"quantity": 3, "items": [{"group_id": family}]}},
            "reward": {"type": "discount_item_quantity", "value": 1},
        },
        f"""
        laid AS (
            SELECT *, row_number() OVER (PARTITION BY receipt_id ORDER BY price DESC) AS place
            FROM pieces_of('{family}')
        ),
        given AS (
            SELECT receipt_id, customer_id, sum(price) AS discount FROM laid WHERE place % 3 = 0 GROUP BY ALL
        )
        """,
    )


def new_price(family: str, price: int) -> Campaign:
    """Return a new price for some goods, where it is lower."""
    return Campaign(
        {
            "id": "new price",
            "name": f"At {price / 100:.2f}: {family}",
            "requirement": {"item": {"items": [{"group_id": family}]}},
            "reward": {"type": "discount_item_new_price", "value": price},
        },
        f"""
        given AS (
            SELECT receipt_id, customer_id, sum(price - {price}) AS discount
            FROM pieces_of('{family}') WHERE price > {price} GROUP BY ALL
        )
        """,
    )


def coupon(family: str) -> Campaign:
    """Return 3.00 off one piece, once for each customer; who is not known has no first purchase to remember."""
    return Campaign(
        {
            "id": "coupon",
            "name": f"3.00 off one piece, once for each customer: {family}",
            "requirement": {"item": {"items": [{"group_id": family}]}},
            "reward": {"type": "discount_amount", "value": 300},
            "limitation": {"discount_reward_usage": 1, "discount_repeat_usage": 1},
        },
        f"""
        baskets AS (
            SELECT receipt_id, customer_id, purchase_at, least(300, max(price)) AS discount
            FROM pieces_of('{family}') GROUP BY ALL
        ),
        given AS (
            SELECT * FROM baskets
            QUALIFY customer_id IS NULL
                OR row_number() OVER (PARTITION BY customer_id ORDER BY purchase_at, receipt_id) = 1
        )
        """,
    )


def card(family: str) -> Campaign:
    """Return a stamp for each piece, for which every eleventh is free.

    A customer's pieces are counted through all purchases; those of somebody unknown through one. Whenever the count
    passes a multiple of eleven, one of that purchase is free, the cheapest first. All others are stamps.
    """
    return Campaign(
        {
            "id": "card",
            "name": f"Every eleventh is free: {family}",
            "requirement": {"stamp": 10, "item": {"items": [{"group_id": family}]}},
            "reward": {"type": "discount_item_quantity", "value": 1},
        },
        f"""
        baskets AS (
            SELECT receipt_id, customer_id, purchase_at, count(*) AS pieces, list(price ORDER BY price) AS prices
            FROM pieces_of('{family}') GROUP BY ALL
        ),
        counted AS (
            SELECT *, sum(pieces) OVER (
                PARTITION BY coalesce(customer_id, 'receipt ' || receipt_id) ORDER BY purchase_at, receipt_id
            )::BIGINT AS so_far
            FROM baskets
        ),
        cards AS (SELECT *, so_far // 11 - (so_far - pieces) // 11 AS free FROM counted),
        given AS (
            SELECT receipt_id, customer_id, (free > 0)::BIGINT AS uses, pieces - free AS stamps,
                coalesce(list_sum(prices[:free]), 0) AS discount
            FROM cards
        )
        """,
        ("uses", "discount", "stamps"),
    )


def bonus_abroad(*countries: str) -> Campaign:
    """Return 3 percent bonus for customers of some countries."""
    return Campaign(
        {
            "id": "abroad",
            "name": f"3 percent bonus: {', '.join(countries)}",
            "requirement": {"customer": {"attributes": {"country": list(countries)}}},
            "reward": {"type": "discount_percent", "value": 3, "effect": "bonus"},
        },
        f"""
        shares AS (
            SELECT receipt_id, receipts.customer_id, sum((gross * 3 + 50) // 100) AS bonus
            FROM receipts JOIN takers USING (receipt_id)
            WHERE list_contains({list(countries)}, customer.metadata.country) GROUP BY ALL
        ),
        given AS (SELECT * FROM shares WHERE bonus > 0)
        """,
        ("bonus",),
    )


POSTAGE = Campaign(
    {
        "id": "postage",
        "name": "2.00 back for who pays postage",
        "requirement": {"discount_code": "POST"},
        "reward": {"type": "discount_amount", "value": 200},
    },
    """
    given AS (
        SELECT receipt_id, receipts.customer_id, least(200, sum(net)) AS discount
        FROM receipts JOIN takers USING (receipt_id)
        WHERE list_bool_or([line.id = 'POST' AND NOT line.is_return_item for line in receipts.items]) GROUP BY ALL
    )
    """,
)

GIFT_CARD = Campaign(
    {
        "id": "gift card",
        "name": "20.00 for bath towels",
        "requirement": {"item": {"items": [{"group_id": "family:20974"}]}},
        "reward": {"type": "discount_debit", "value": 2_000},
    },
    # Whose number ends in 7 was given a card in June; what was bought so far is paid with it, up to its worth.
    """
    baskets AS (
        SELECT receipt_id, customer_id, purchase_at, sum(net) AS price FROM takers
        WHERE list_contains(shelves, 'family:20974') AND customer_id LIKE '%7'
            AND purchase_at >= TIMESTAMPTZ '2011-06-01 00:00:00+00'
        GROUP BY ALL
    ),
    added AS (
        SELECT *, sum(price) OVER (PARTITION BY customer_id ORDER BY purchase_at, receipt_id) AS so_far FROM baskets
    ),
    given AS (
        SELECT receipt_id, customer_id, least(2000, so_far) - least(2000, so_far - price) AS debit
        FROM added WHERE debit > 0
    )
    """,
    ("debit",),
)

# No two of these are for the same goods.
ON_GOODS = (
    three_for_two("family:22128"),
    new_price("family:21463", 300),
    coupon("family:22780"),
    card("family:22892"),
)
ON_WHOLE_RECEIPTS = (off_large_orders(500_000), bonus_abroad("Switzerland", "Norway"))
ONLINE = (
    *ON_GOODS,
    *ON_WHOLE_RECEIPTS,
    POSTAGE,
    three_for_two("family:85099"),
    new_price("family:22178", 100),
    coupon("family:22423"),
    card("family:85123"),
    off_large_orders(100_000),
    bonus_abroad("Germany", "France", "EIRE"),
)
