"""The three addresses of a receipt, their fields to the letter."""

from typing import Annotated

from rabatt.open2b.fields import Characters, Country, CountryOrNothing, Text20, Text60, Text100, Written

StateProv = Annotated[str, Characters(0, 3)]
Phone = Annotated[str, Characters(0, 15)]


class BillingAddress(Written):
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


class ShippingAddress(Written):
    """Where the goods go."""

    name: Annotated[str, Characters(1, 100)]
    street1: Annotated[str, Characters(1, 60)]
    street2: Text60 = ""
    city: Annotated[str, Characters(1, 25)]
    postalCode: Annotated[str, Characters(1, 20)]
    stateProv: StateProv = ""
    country: Country


class SellerAddress(Written):
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
