"""The three addresses of a receipt, their fields to the letter."""

from typing import Annotated

from rabatt.open2b.field_types import Characters, Country, CountryOrNothing, StrictModel, Text20, Text60, Text100

StateProv = Annotated[str, Characters(0, 3)]
Phone = Annotated[str, Characters(0, 15)]


class BillingAddress(StrictModel):
    """Who pays."""

    firstName: Annotated[str, Characters(1, 25)]
    lastName: Annotated[str, Characters(1, 25)]
    personalCode: Text20 = ""
    companyName: Text100 = ""
    companyCode: Text20 = ""
    companyCode2: Text20 = ""
    street1: Annotated[str, Characters(1, 60)]
    street2: Text60 = ""
    city: Annotated[str, Characters(1, 25)]
    postalCode: Annotated[str, Characters(1, 20)]
    stateProv: StateProv = ""
    country: Country
    phoneNumber: Phone = ""
    mobileNumber: Phone = ""
    faxNumber: Phone = ""
    email: Annotated[str, Characters(3, 120)]


class ShippingAddress(StrictModel):
    """Where the goods go."""

    name: Annotated[str, Characters(1, 100)]
    street1: Annotated[str, Characters(1, 60)]
    street2: Text60 = ""
    city: Annotated[str, Characters(1, 25)]
    postalCode: Annotated[str, Characters(1, 20)]
    stateProv: StateProv = ""
    country: Country


class SellerAddress(StrictModel):
    """Who sells; all of it may be empty."""

    companyName: Text100 = ""
    companyCode: Text20 = ""
    personalCode: Text20 = ""
    street1: Text60 = ""
    street2: Text60 = ""
    city: Annotated[str, Characters(0, 25)] = ""
    postalCode: Text20 = ""
    stateProv: StateProv = ""
    country: CountryOrNothing = ""
    phoneNumber: Phone = ""
    mobileNumber: Phone = ""
    faxNumber: Phone = ""
    email: Annotated[str, Characters(0, 120)] = ""
