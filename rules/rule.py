"""A discount rule: requirement, reward, limitation and texts, as one frozen value."""

from typing import Annotated, Any, assert_never

from pydantic import Field, PrivateAttr

from rules.limitation import Limitation
from rules.requirement import ANY_ITEM, Requirement, Written
from rules.reward import KindTraits, Reward, traits_of
from rules.values import Flag, Instant, Name, Text


class Link(Written):
    """A page or picture that goes with a rule."""

    href: Text | None = None
    rel: Text | None = None
    type: Text | None = None


class Rule(Written):
    """One discount definition; `document` is the plain data it was read from, and is only read."""

    id: Name
    name: Text | None = None
    receipt_text: Text | None = Field(default=None, description="What the receipt says of the discount.")
    description: Text | None = None
    active: Flag = Field(default=True, description="False: the rule never qualifies.")
    private: Flag = False
    type: Any = Field(default=None, description='Read-only: "item" or "receipt"; what is sent is ignored.')
    campaign_id: Text | None = None
    visible_from: Instant | None = None
    created_at: Instant | None = None
    created_by: Text | None = None
    updated_at: Instant | None = None
    updated_by: Text | None = None
    deleted_at: Instant | None = Field(default=None, description="When set, the rule never qualifies.")
    deleted_by: Text | None = None
    requirement: Requirement = Requirement()
    reward: Annotated[Reward, Field(discriminator="type")]
    limitation: Limitation = Limitation()
    metadata: dict[str, Any] = Field(default_factory=dict)
    links: tuple[Link, ...] = ()
    refs: tuple[dict[str, Any], ...] = Field(
        default=(), description="Read-only: uses on a receipt; what is sent is ignored."
    )

    _document: dict[str, Any] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: object) -> None:
        """Keeps the document, which the reader hands over as the context."""
        if isinstance(context, dict):
            self._document = context

    @property
    def document(self) -> dict[str, Any]:
        """The rule exactly as it was given, null and empty fields included."""
        # Read where pydantic keeps it: its look-up of a private attribute takes twenty times as long.
        private: Any = self.__pydantic_private__
        document: dict[str, Any] = private["_document"]
        return document

    @property
    def is_receipt_rule(self) -> bool:
        """Whether all lines that can take discounts are its units: neither items nor mixes are asked for."""
        item = self.requirement.item
        return not item.items and not item.mixes

    @property
    def has_stamps(self) -> bool:
        """Whether stamps buy the reward."""
        return self.requirement.stamp > 0

    @property
    def traits(self) -> KindTraits:
        """What the language says of the kind of its reward."""
        return traits_of(self.reward.type)

    @property
    def is_debit(self) -> bool:
        """Whether a balance pays."""
        return self.traits.is_balance

    @property
    def forms_sets(self) -> bool:
        """Whether the rule uses units up set by set (SPEC section 6)."""
        if self.is_receipt_rule or self.has_stamps:
            return False
        item = self.requirement.item
        match sets := self.traits.sets:
            case "never":
                return False
            case "with mixes":
                return bool(item.mixes)
            case "with mixes or a quantity":
                return bool(item.mixes) or item.quantity > 1
            case "always":
                return True
            case _:
                assert_never(sets)

    @property
    def is_flat(self) -> bool:
        """Whether the rule goes to each qualifying unit by itself (SPEC section 6)."""
        return not (self.is_receipt_rule or self.has_stamps or self.forms_sets or self.is_debit)

    @property
    def takes_what_is_left(self) -> bool:
        """Whether a matcher names `ANY_ITEM`, so that the rule waits for all others of its step."""
        return any(matcher.id == ANY_ITEM for matcher in self.requirement.item.items)
