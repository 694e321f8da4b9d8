"""What a receipt names by its identifier: tax classes and areas, shipping and payment methods, and customers."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any, Protocol

from pydantic import Field

from rabatt.open2b.addresses import SellerAddress
from rabatt.open2b.decimals import CENTS, MILLS, scaled, unscaled
from rabatt.open2b.field_types import Cost, Country, Id, Price, Rate, StrictModel, Text32, Text60, Text80
from rabatt.open2b.goods import Rounding, Tax
from rabatt.open2b.requests import RoundingPolicy
from rules import Fault, Refused
from rules.refuse import faults_of
from rules.validate import Faulty, reader_of
from rules.values import Zone

PERCENT_OF_CENTS = 10_000


class TaxClass(StrictModel):
    """A kind of goods or services that is taxed alike."""

    id: Id
    code: Text32
    name: Text60


class AreaRate(StrictModel):
    """What a class is taxed with in an area."""

    taxClass: Id
    rate: Rate


class TaxArea(StrictModel):
    """Countries that tax alike; a class without a rate of its own is not taxed there."""

    id: Id
    name: Text60
    countries: Annotated[list[Country], Field(min_length=1)]
    rates: list[AreaRate] = Field(default=[])

    def rate_of(self, tax_class: int) -> Decimal:
        """The percentage of a class."""
        return next((one.rate for one in self.rates if one.taxClass == tax_class), Decimal("0.00"))


class Method(StrictModel):
    """A way to ship or to pay: what it costs before tax, and what receipts it is for. Left out means without limit."""

    id: Id
    name: Text80
    cost: Cost = Decimal("0.000")
    taxClass: Id | None = None
    countries: list[Country] | None = None
    minTotal: Price | None = Field(default=None, description="The least that the goods cost, taxes included.")
    maxTotal: Price | None = Field(default=None, description="The most that the goods cost, taxes included.")

    def suits(self, country: str, goods: Decimal) -> bool:
        """Whether it is for receipts of the country whose goods cost so much, taxes included."""
        return (
            (self.countries is None or country in self.countries)
            and (self.minTotal is None or goods >= self.minTotal)
            and (self.maxTotal is None or goods <= self.maxTotal)
        )


class ShippingMethod(Method):
    """A way to ship."""

    costPerWeight: Cost = Field(default=Decimal("0.000"), description="Added for each 1.000 of weight.")
    freeFrom: Price | None = Field(default=None, description="Costs nothing where goods cost so much, taxes included.")
    maxWeight: Cost | None = None

    def cost_of(self, weight: Decimal, goods: Decimal, rounding: Rounding) -> Decimal:
        """What it costs to ship goods of a weight, in three decimals."""
        if self.freeFrom is not None and goods >= self.freeFrom:
            return Decimal("0.000")
        by_weight = scaled(self.costPerWeight, MILLS) * scaled(weight, MILLS)
        return self.cost + unscaled(rounding.to_whole(by_weight, 1000), MILLS)

    def carries(self, weight: Decimal) -> bool:
        """Whether it takes so much."""
        return self.maxWeight is None or weight <= self.maxWeight


class PaymentMethod(Method):
    """A way to pay."""

    percent: Rate = Field(default=Decimal("0.00"), description="Of the total before tax, added to the cost.")
    onDelivery: bool = False
    shippingMethods: list[Id] | None = Field(default=None, description="Those that it goes together with.")

    def cost_of(self, total: Decimal, rounding: Rounding) -> Decimal:
        """What it costs to pay a total, which is without tax and this cost, in three decimals."""
        share = scaled(total, CENTS) * scaled(self.percent, CENTS)
        return self.cost + unscaled(rounding.to_whole(share * 10, PERCENT_OF_CENTS), MILLS)

    def goes_with(self, shipping: int | None) -> bool:
        """Whether it can be used together with a shipping method."""
        return shipping is None or self.shippingMethods is None or shipping in self.shippingMethods


class CatalogueCustomer(StrictModel):
    """Somebody who buys; the name is for people who read the file."""

    id: Id
    name: Text80 = ""


class Identified(Protocol):
    """What has an identifier."""

    @property
    def id(self) -> int:
        """The identifier."""


class Catalogue(StrictModel):
    """All of it, with the settings that hold where a receipt says nothing."""

    timezone: Zone = Field(default="UTC", description="In which the shop's times are written.")
    rounding: RoundingPolicy = RoundingPolicy(mode="HalfUp", rule="PerLine")
    locale: Annotated[str, Field(pattern="^[a-z]{2}(-[A-Z]{2})?$")] = "en"
    sellerAddress: SellerAddress = SellerAddress()
    taxClasses: list[TaxClass] = Field(default=[])
    taxAreas: list[TaxArea] = Field(default=[])
    shippingMethods: list[ShippingMethod] = Field(default=[])
    paymentMethods: list[PaymentMethod] = Field(default=[])
    customers: list[CatalogueCustomer] = Field(default=[])

    @cached_property
    def classes(self) -> dict[int, TaxClass]:
        """Tax classes by identifier."""
        return {one.id: one for one in self.taxClasses}

    @cached_property
    def areas(self) -> dict[int, TaxArea]:
        """Tax areas by identifier."""
        return {one.id: one for one in self.taxAreas}

    @cached_property
    def shipping(self) -> dict[int, ShippingMethod]:
        """Shipping methods by identifier."""
        return {one.id: one for one in self.shippingMethods}

    @cached_property
    def payment(self) -> dict[int, PaymentMethod]:
        """Payment methods by identifier."""
        return {one.id: one for one in self.paymentMethods}

    def area_of(self, country: str) -> TaxArea | None:
        """The tax area of a country."""
        return next((area for area in self.taxAreas if country in area.countries), None)

    def tax_of(self, tax_class: int | None, area: TaxArea) -> Tax:
        """What a class is taxed with in an area; without a class there is no tax."""
        if tax_class is None:
            return Tax()
        found = self.classes[tax_class]
        return Tax(found.code, found.name, area.rate_of(tax_class))


def read_catalogue(data: Any) -> Catalogue:
    """The catalogue of plain data with exact decimals; Refused with every fault."""
    if not isinstance(data, dict):
        raise Refused([Fault("", "a catalogue is an object")])
    try:
        catalogue = reader_of(Catalogue).read(data)
    except Faulty as faulty:
        raise Refused(faults_of(faulty, Catalogue)) from None
    faults = [*twice_faults(catalogue), *reference_faults(catalogue)]
    if faults:
        raise Refused(faults)
    return catalogue


def twice_faults(catalogue: Catalogue) -> Iterator[Fault]:
    """A fault for each identifier, and for each country of a tax area, that is there twice."""
    lists: dict[str, Sequence[Identified]] = {
        "taxClasses": catalogue.taxClasses,
        "taxAreas": catalogue.taxAreas,
        "shippingMethods": catalogue.shippingMethods,
        "paymentMethods": catalogue.paymentMethods,
        "customers": catalogue.customers,
    }
    for name, entries in lists.items():
        for id in repeated(entry.id for entry in entries):
            yield Fault(name, f"there are two of id {id}; give each an id of its own")
    for country in repeated(country for area in catalogue.taxAreas for country in area.countries):
        yield Fault("taxAreas", f'"{country}" is there twice; let each country be in one area')
    for place, area in enumerate(catalogue.taxAreas):
        for id in repeated(rate.taxClass for rate in area.rates):
            yield Fault(f"taxAreas[{place}].rates", f"tax class {id} has two rates; leave one of them out")


def repeated(values: Iterable[Any]) -> list[Any]:
    """What is there more than once."""
    return [value for value, count in Counter(values).items() if count > 1]


def reference_faults(catalogue: Catalogue) -> Iterator[Fault]:
    """A fault for each tax class and shipping method that is named and not there."""
    named: list[tuple[str, int]] = [
        (f"taxAreas[{place}].rates[{number}].taxClass", rate.taxClass)
        for place, area in enumerate(catalogue.taxAreas)
        for number, rate in enumerate(area.rates)
    ]
    methods: dict[str, Sequence[Method]] = {
        "shippingMethods": catalogue.shippingMethods,
        "paymentMethods": catalogue.paymentMethods,
    }
    named += [
        (f"{name}[{place}].taxClass", method.taxClass)
        for name, entries in methods.items()
        for place, method in enumerate(entries)
        if method.taxClass is not None
    ]
    for path, tax_class in named:
        if tax_class not in catalogue.classes:
            yield Fault(path, f"there is no tax class {tax_class}; add it to taxClasses")
    for place, payment in enumerate(catalogue.paymentMethods):
        for number, id in enumerate(payment.shippingMethods or ()):
            if id not in catalogue.shipping:
                path = f"paymentMethods[{place}].shippingMethods[{number}]"
                yield Fault(path, f"there is no shipping method {id}; add it to shippingMethods")
