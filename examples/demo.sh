#!/bin/sh
# A day at Nordlys Landhandel, a shop that does not exist: each command is shown, then run.
set -eu
cd "$(dirname "$0")/.."

say() {
    printf '\n'
    printf '# %s\n' "$@"
}

run() {
    printf '$ %s\n' "$*"
    "$@"
}

say "The shop's rules hold no fault, and nothing that is legal but suspect."
run rabatt check examples/rules.json

say "Ingrid's basket. Her three packs of pasta could be a 3-for-2 or go with the sauce; the 3-for-2 takes more off." \
    "Two coffees go with the buns at a package price; the third fills her stamp card and is free." \
    "It is Friday afternoon: the bread has its happy hour. A bonus is put aside, and her gift card pays a part."
run rabatt evaluate examples/receipt.json --rules examples/rules.json --grants examples/grants.json

say "The other receipts of those days. With two sauces in the basket the rival bundle wins." \
    "Two loaves at 14:30 UTC: on Friday that is 16:30 in Oslo and happy hour, on Monday the clocks have changed."
run rabatt evaluate examples/receipts.jsonl --rules examples/rules.json --grants examples/grants.json

say "Why did Ingrid get this and not that? Every rule answers, and every line."
run rabatt explain examples/receipt.json --rules examples/rules.json --grants examples/grants.json

say "For a program: --json gives one line for each receipt. This is what Ingrid was short of for another 30 kroner."
run rabatt explain examples/receipt.json --rules examples/rules.json --grants examples/grants.json \
    --rule thirty-off-400 --json

say "Three toys were bought as 3 for 2, and the dear one comes back. Spread over all three, it was worth 25 of the 50." \
    "What stays would have cost 30 without the offer: where the shop re-evaluates, 20 are paid back."
mkdir -p .demo
run sh -c 'rabatt evaluate examples/toys.json --rules examples/toys-rules.json --json > .demo/paid.json'
run rabatt return .demo/paid.json --line 1 --policy spread
run rabatt return .demo/paid.json --line 1 --policy re_evaluate --rules examples/toys-rules.json

say "Before the winter campaign starts: 30 kroner off the supper instead of 20, and three buns for two." \
    "What would that have given in September and October, and what would it have taken from the other rules?"
run rabatt simulate examples/autumn.jsonl --rules examples/rules.json --with examples/draft.json --out .demo
