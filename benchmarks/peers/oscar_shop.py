"""django-oscar's offer applicator, over a database in memory.

The clock that decides which offers are open is set to the purchase. No offer excludes another, and each applies once,
so that each gives what it gives alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

CURRENCY = "NOK"
# What offers and baskets stand on; the dashboard and the pages of the shop are left out.
APPS = """
    analytics checkout address shipping catalogue catalogue.reviews communication partner basket payment offer order
    customer search voucher wishlists
"""


def _start_django() -> None:
    """Set Django up with oscar's own applications and nothing else, and make the tables."""
    conf, defaults = import_module("django.conf"), import_module("oscar.defaults")
    options = {name: getattr(defaults, name) for name in dir(defaults) if name.startswith("OSCAR_")}
    conf.settings.configure(
        **{**options, "OSCAR_DEFAULT_CURRENCY": CURRENCY, "OSCAR_OFFERS_INCL_TAX": False},
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=[
            *(f"django.contrib.{name}" for name in ("auth", "contenttypes", "sites", "flatpages")),
            *(f"oscar.apps.{name}.apps.{name.title().replace('.', '')}Config" for name in APPS.split()),
            "haystack",
            "treebeard",
        ],
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        SECRET_KEY="benchmark",  # noqa: S106 - of a database that lives in this process
        SITE_ID=1,
        USE_TZ=True,
        LOGGING_CONFIG=None,
    )
    import_module("django").setup()
    import_module("django.core.management").call_command("migrate", verbosity=0, run_syncdb=True)


class Oscar:
    """Offers and baskets as rows; `answer` is what a shop does when a basket is shown."""

    def __init__(self) -> None:
        _start_django()
        loading = import_module("oscar.core.loading")
        self._model, self._applicator = loading.get_model, loading.get_class("offer.applicator", "Applicator")()
        self._strategy = loading.get_class("partner.strategy", "Default")
        self._price = loading.get_class("partner.prices", "FixedPrice")
        # The manager of open offers asks this module's `now`.
        self._clock: Any = import_module("oscar.apps.offer.managers")
        self._products: dict[str, Any] = {}
        self._categories: dict[str, Any] = {}
        catalogue = self._model("catalogue", "ProductClass")
        self._kind = catalogue.objects.create(name="goods", requires_shipping=False, track_stock=False)
        self._partner = self._model("partner", "Partner").objects.create(name="shop")

    def build(self, rules: Sequence[Any]) -> None:
        """Write the offers."""
        for name in ("ConditionalOffer", "Condition", "Benefit", "Range"):
            self._model("offer", name).objects.all().delete()
        with import_module("django.db").transaction.atomic():
            for rule in rules:
                self._write_offer(rule)

    def _write_offer(self, rule: dict[str, Any]) -> None:
        ranges, offers = self._model("offer", "Range"), self._model("offer", "ConditionalOffer")
        conditions, benefits = self._model("offer", "Condition"), self._model("offer", "Benefit")
        is_all = not rule["products"] and not rule["categories"]
        goods = ranges.objects.create(name=rule["id"], includes_all_products=is_all)
        for product in self._products_of(rule["products"]):
            goods.add_product(product)
        goods.included_categories.add(*(self._category(name) for name in rule["categories"]))
        (condition, least), (benefit, value) = rule["condition"], rule["benefit"]
        offers.objects.create(
            name=rule["id"],
            start_datetime=datetime.fromtimestamp(rule["opens_at"], UTC),
            end_datetime=datetime.fromtimestamp(rule["closes_at"], UTC),
            condition=conditions.objects.create(range=goods, type=getattr(conditions, condition), value=Decimal(least)),
            benefit=benefits.objects.create(range=goods, type=getattr(benefits, benefit), value=Decimal(value)),
            max_basket_applications=1,
            exclusive=False,
        )

    def _category(self, name: str) -> Any:
        if name not in self._categories:
            self._categories[name] = self._model("catalogue", "Category").add_root(name=name)
        return self._categories[name]

    def _products_of(self, names: Iterable[str]) -> Iterator[Any]:
        for name in names:
            if name not in self._products:
                product = self._model("catalogue", "Product")
                self._products[name] = product.objects.create(title=name, upc=name, product_class=self._kind)
            yield self._products[name]

    def lay_out(self, receipt: Any) -> Any:
        """Return a basket with its rows, and the time of the purchase."""
        basket = self._model("basket", "Basket").objects.create()
        basket.strategy = self._strategy()
        # One product has another price on another receipt.
        prices = {line["product"]: Decimal(line["price"]) for line in receipt["lines"]}
        basket.strategy.pricing_policy = lambda product, _: self._price(CURRENCY, prices[product.upc], Decimal(0))
        for line in receipt["lines"]:
            (product,) = self._products_of([line["product"]])
            product.categories.set([self._category(name) for name in line["categories"]])
            self._model("partner", "StockRecord").objects.get_or_create(
                product=product,
                partner=self._partner,
                defaults={"partner_sku": line["product"], "price": Decimal(line["price"]), "price_currency": CURRENCY},
            )
            basket.add_product(product, quantity=line["quantity"])
        return datetime.fromtimestamp(receipt["at"], UTC), basket

    def answer(self, _: None, receipt: Any) -> Any:
        """Apply all open offers to the basket."""
        purchase_at, basket = receipt
        self._clock.now = lambda: purchase_at
        basket.reset_offer_applications()
        self._applicator.apply(basket)
        return basket

    def told(self, answer: Any) -> Any:
        """Return the amounts of each offer by place of the line, in øre as text."""
        return [
            (discount.offer.name, place, str(discount.amount * 100))
            for place, line in enumerate(answer.all_lines(), 1)
            for discount in line.discounts.all()
        ]
