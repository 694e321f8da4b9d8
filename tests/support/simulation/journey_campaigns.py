"""Campaigns for The Complete Journey: loyalty prices, hours by the clock, visits, and its own coupons."""

from tests.support.simulation.campaign import Campaign

EGGS = {"item": {"items": [{"group_id": "cat:EGGS"}]}}

TEN_PERCENT_OF_THE_SHELF_PRICE = Campaign(
    {
        "id": "eggs",
        "name": "10 percent off eggs, of the shelf price",
        "requirement": EGGS,
        "reward": {"type": "discount_percent", "value": 10, "base": "gross"},
    },
    """
    given AS (
        SELECT receipt_id, customer_id, sum(least((gross * 10 + 50) // 100, net)) AS discount
        FROM takers WHERE list_contains(shelves, 'cat:EGGS') GROUP BY ALL HAVING discount > 0
    )
    """,
)

TEN_PERCENT_OF_WHAT_IS_LEFT = Campaign(
    {
        "id": "eggs",
        "name": "10 percent off eggs, of the price for the loyalty card",
        "requirement": EGGS,
        "reward": {"type": "discount_percent", "value": 10, "base": "net"},
    },
    """
    given AS (
        SELECT receipt_id, customer_id, sum((net * 10 + 50) // 100) AS discount
        FROM takers WHERE list_contains(shelves, 'cat:EGGS') GROUP BY ALL HAVING discount > 0
    )
    """,
)

HAPPY_HOUR = Campaign(
    {
        "id": "happy hour",
        "name": "A quarter off soup at weekends, by the clock of New York",
        "requirement": {"item": {"items": [{"group_id": "cat:SOUP"}]}},
        "reward": {"type": "discount_percent", "value": 25, "base": "net"},
        "limitation": {
            "discount_hours": {
                "timezone": "America/New_York",
                "hours": [
                    {"day": "sat", "start": "17:00", "end": "18:30"},
                    {"day": "sat", "start": "22:30", "end": "03:00"},
                    {"day": "sun", "start": "17:00", "end": "18:30"},
                ],
            }
        },
    },
    """
    local AS (
        SELECT *, date_trunc('minute', purchase_at AT TIME ZONE 'America/New_York') AS local_time,
            isodow(local_time) AS day, local_time::TIME AS clock
        FROM takers WHERE list_contains(shelves, 'cat:SOUP')
    ),
    given AS (
        SELECT receipt_id, customer_id, sum((net * 25 + 50) // 100) AS discount FROM local
        WHERE (day IN (6, 7) AND clock BETWEEN '17:00' AND '18:30')
            OR (day = 6 AND clock >= '22:30') OR (day = 7 AND clock <= '03:00')
        GROUP BY ALL HAVING discount > 0
    )
    """,
)

# Half a year round, Europe changes its clocks on other days than America: the same hour in the shop is in and out.
HAPPY_HOUR_IN_LONDON = Campaign(
    {
        **HAPPY_HOUR.rule,
        "name": "A quarter off soup at weekends, by the clock of London",
        "limitation": {
            "discount_hours": {
                "timezone": "Europe/London",
                "hours": [
                    {"day": "sat", "start": "22:00", "end": "23:30"},
                    {"day": "sun", "start": "22:00", "end": "23:30"},
                ],
            }
        },
    },
    """
    local AS (
        SELECT *, date_trunc('minute', purchase_at AT TIME ZONE 'Europe/London') AS local_time
        FROM takers WHERE list_contains(shelves, 'cat:SOUP')
    ),
    given AS (
        SELECT receipt_id, customer_id, sum((net * 25 + 50) // 100) AS discount FROM local
        WHERE isodow(local_time) IN (6, 7) AND local_time::TIME BETWEEN '22:00' AND '23:30'
        GROUP BY ALL HAVING discount > 0
    )
    """,
)

VISITS_CARD = Campaign(
    {
        "id": "visits",
        "name": "A stamp for each receipt of 25.00; two of the last 30 days buy 4.00 off the next",
        "requirement": {"stamp": 2, "gross_amount": 2_500},
        "reward": {"type": "discount_amount", "value": 400},
        "limitation": {"stamp_expire_days": 30},
    },
    # Visit by visit, with the times of the stamps that are on the card.
    """
    RECURSIVE worth AS (SELECT receipt_id, sum(net)::BIGINT AS net FROM takers GROUP BY ALL),
    visits AS (
        SELECT receipt_id, customer_id, purchase_at, net,
            row_number() OVER (PARTITION BY customer_id ORDER BY purchase_at, receipt_id) AS visit
        FROM receipts JOIN worth USING (receipt_id) WHERE gross_amount >= 2500
    ),
    cards AS (
        SELECT receipt_id, customer_id, visit, false AS is_full, 0::BIGINT AS discount, [purchase_at] AS stamps
        FROM visits WHERE visit = 1
        UNION ALL
        SELECT receipt_id, customer_id, visit, is_full, CASE WHEN is_full THEN least(400, net) ELSE 0 END,
            CASE WHEN is_full THEN living[3:] ELSE list_append(living, purchase_at) END
        FROM (
            SELECT visits.*, [stamp for stamp in stamps if visits.purchase_at <= stamp + INTERVAL 720 HOURS] AS living,
                len(living) >= 2 AND visits.net > 0 AS is_full
            FROM cards JOIN visits ON visits.customer_id = cards.customer_id AND visits.visit = cards.visit + 1
        )
    ),
    given AS (
        SELECT receipt_id, customer_id, is_full::BIGINT AS uses, discount, (NOT is_full)::BIGINT AS stamps FROM cards
    )
    """,
    ("uses", "discount", "stamps"),
)

JOURNEY = (
    TEN_PERCENT_OF_THE_SHELF_PRICE,
    TEN_PERCENT_OF_WHAT_IS_LEFT,
    HAPPY_HOUR,
    HAPPY_HOUR_IN_LONDON,
    VISITS_CARD,
)

# The coupons of real campaigns, by how many receipts could have used them.
BOUGHT_MOST = """
SELECT discount_id FROM wanted JOIN granted USING (discount_id) JOIN takers USING (item, customer_id)
WHERE purchase_at BETWEEN opens AND closes
GROUP BY discount_id ORDER BY count(DISTINCT receipt_id) DESC, discount_id
"""
GRANTED = """
CREATE TABLE granted AS SELECT discount_id, customer_id FROM read_parquet('{path}') WHERE certainty = 'all_coupons';
"""
# A household's coupon takes its worth off so many pieces of the goods, those with the most left to pay, on the first
# receipt in its time that has them. What the till took off for these coupons itself is put back first.
GIVEN_BY_COUPONS = """
WITH lines AS (
    SELECT receipt_id, customer_id, purchase_at, line.id AS item, line.quantity, line.gross_amount AS gross,
        least(line.gross_amount, coalesce(list_sum([
            entry.amount for entry in line.discount_lines
            if NOT coalesce(list_contains(ours, entry.discount_id), false)
        ]), 0))::BIGINT AS off
    FROM receipts, (SELECT list(discount_id) AS ours FROM chosen), unnest(items) AS lines(line)
    WHERE line.eligible_for_discount AND NOT line.is_return_item AND line.gross_amount > 0 AND line.quantity > 0
),
pieces AS (
    SELECT receipt_id, customer_id, purchase_at, item,
        gross // quantity + (piece < gross % quantity)::BIGINT
            - off // quantity - (piece < off % quantity)::BIGINT AS remaining
    FROM lines, unnest(range(quantity)) AS pieces(piece)
),
baskets AS (
    SELECT discount_id, receipt_id, customer_id, purchase_at, worth, pieces_wanted,
        list(remaining ORDER BY remaining DESC) AS remaining
    FROM chosen JOIN wanted USING (discount_id) JOIN granted USING (discount_id) JOIN pieces USING (item, customer_id)
    WHERE purchase_at BETWEEN opens AND closes GROUP BY ALL
),
given AS (
    SELECT *, least(worth, list_sum(remaining[:pieces_wanted])) AS discount FROM baskets
    WHERE len(remaining) >= pieces_wanted AND discount > 0
    QUALIFY row_number() OVER (PARTITION BY discount_id, customer_id ORDER BY purchase_at, receipt_id) = 1
)
SELECT discount_id, count(*), count(DISTINCT customer_id), count(*), sum(discount)::BIGINT
FROM given GROUP BY discount_id
"""
