"""Which units go into which sets, for all rules that form sets together: worth most, ties settled (SPEC 6, step 1).

A packing problem is numbers only: classes of equal units with counts, and offers, each a rule that forms sets. This
package knows neither rules nor receipts.

One basket. A pizza costs 66.68, three others 66.67 each, a soda 24.90. Two rules form sets: a pizza and a soda together
cost 80.00, and of three pizzas the cheapest is free. Amounts are in minor units, classes are bits.

    >>> from engine.packing.problem import Form, Offer, Part
    >>> pizzas, soda, counts = 0b011, 0b100, [1, 3, 1]
    >>> prices = (6668, 6667, 2490)
    >>> night = Offer(Form.ADDITIVE, (Part(1, True, pizzas), Part(1, True, soda)), prices, constant=-8000)
    >>> third = Offer(Form.CHEAPEST, (Part(3, True, pizzas),), prices, bases=prices, cheapest=1)

With all units to itself each offer has a closed form. Both use the dear pizza, so these are no packing of both:

    >>> from engine.packing.closed_form import pack_alone
    >>> pack_alone(night, counts)
    Packed(sets=1, used=(1, 0, 1), rewarded=(1, 0, 1), worth=1158)
    >>> pack_alone(third, counts)
    Packed(sets=1, used=(1, 2, 0), rewarded=(0, 1, 0), worth=6667)

If sets could be cut, there would be one and a third of three pizzas. What that is worth bounds every packing:

    >>> from engine.packing.column_pricing import pricing_problem_of
    >>> from engine.packing.linear_program import LinearProgram
    >>> program = LinearProgram([night, third], [pricing_problem_of(offer, counts) for offer in (night, third)], counts)
    >>> program.solve(max_steps=1_000)
    True
    >>> program.value // program.scale
    8889

Five units are few enough to be taken one by one. The night keeps the dear pizza, where it saves most:

    >>> from engine.packing.pack import pack
    >>> packing = pack([night, third], counts, max_steps=1_000)
    >>> [(packed.used, packed.worth) for packed in packing.packed]
    [((1, 0, 1), 1158), ((0, 3, 0), 6667)]
    >>> packing.worth, packing.optimal
    (7825, True)

Why each method is here. Of 20 832 real receipts (every fourth of two archives, with the rules of the tests) 1 160 asked
for 1 307 packings; the best was proven for all of them. In brackets, how many of these a method decided:

* `closed_form` (1 266): an offer whose units nobody else wants, at any quantity, ties settled. Without it 80 000 pieces
  are searched piece by piece.
* `transport` and `assignment`, in it: mixes that share goods. Without the first they have no closed form; without the
  second a greedy walk says that a set cannot be formed where it can.
* `few_sets` (2): rivals with at most 256 ways to choose how many sets each forms. Without it they are left to the next
  two, which find the same in more steps.
* `dynamic_program` with `dp_states` (30): all of up to 48 units one by one, ties and all. Without it no tie between
  rivals is settled. With `dp_bound` it goes to 256 units, since the dual prices of the linear program rule much out.
* `linear_program`, `column_pricing`, `branch_and_price` (9, of 28 to 148 units): rivals on more units, and one offer
  whose parts share goods. Without them the greedy start would stand, here 1 to 16 % less, and nothing would say how far
  it is from the best. The sets of a `CAPPED` offer are priced by labels, however many there are.
* `closed_form_untied`: one offer of a form whose ties no closed form settles, at any quantity. It gave the searches
  their start in 39 packings. Without it such an offer is not proven beyond some dozens of units.
* `greedy`: the start for an offer that has no closed form at all, and the result where the steps run out.

Where they fail: of 37 made-up shops with 2 to 8 set rules over 30 to 60 lines, of which each mix accepts nearly half,
16 stayed below the optimum, by 0.2 to 41 %, all with `optimal` false; a hundred times the steps changed nothing. How
far each method is exact stands in decision 0004; the issue on exactness decides which stay.
"""
