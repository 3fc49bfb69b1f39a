//! Safeguards: when a payment is held out of automatic posting, whatever the engine thinks of it.
//!
//! Each rule has a switch and its limits and looks at what is known of the payer. It raises a suspicion with a sentence;
//! a person decides it. Nothing here looks anything up.

use kernel::{Date, Money, text_enum};
use serde::{Deserialize, Serialize};

text_enum! {
    pub enum SafeguardRule {
        /// A known payer pays from an account that is neither on its file nor was ever used.
        ChangedAccount = "changed_account",
        /// Somebody pays who is not the customer.
        ThirdParty = "third_party",
        /// The same sum from the same payer a few days ago.
        Duplicate = "duplicate",
        /// Far too much, as before a request to send the rest elsewhere.
        Overpayment = "overpayment",
        /// What we paid to this account comes back, or came in and goes out.
        RoundTrip = "round_trip",
        /// Several payments just below a limit.
        Structuring = "structuring",
        BlockedPayer = "blocked_payer",
    }
}

impl SafeguardRule {
    /// Whether it looks at the payer alone, whoever the customer is.
    pub const fn is_about_payer(self) -> bool {
        matches!(self, Self::RoundTrip | Self::Structuring | Self::BlockedPayer)
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::ChangedAccount => "Changed bank account",
            Self::ThirdParty => "Third-party payer",
            Self::Duplicate => "Paid twice",
            Self::Overpayment => "Overpayment",
            Self::RoundTrip => "Round trip",
            Self::Structuring => "Just below a limit",
            Self::BlockedPayer => "Blocked payer",
        }
    }
}

/// A rule's switch and limits; each rule uses those that its description names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Safeguard {
    pub on: bool,
    /// How far it looks back; as far ahead for lines that were decided before.
    pub days: i64,
    /// Minor units of the payment's currency.
    pub minor: i64,
    pub count: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Safeguards {
    /// From `count` known payments on, or when other accounts are on the customer's file.
    pub changed_account: Safeguard,
    /// From `minor` on.
    pub third_party: Safeguard,
    /// Within `days`, from `minor` on.
    pub duplicate: Safeguard,
    /// When `minor` or more would stay unapplied.
    pub overpayment: Safeguard,
    /// Within `days`, from `minor` on.
    pub round_trip: Safeguard,
    /// `count` payments within `days`, each from nine tenths of `minor` up to less than it.
    pub structuring: Safeguard,
    pub blocked_payer: Safeguard,
}

impl Default for Safeguards {
    fn default() -> Self {
        let rule = |days, minor, count| Safeguard { on: true, days, minor, count };
        Self {
            changed_account: rule(0, 0, 3),
            third_party: rule(0, 100_000, 0),
            duplicate: rule(5, 0, 0),
            overpayment: rule(0, 100_000, 0),
            round_trip: rule(30, 100_000, 0),
            structuring: rule(7, 1_000_000, 3),
            blocked_payer: rule(0, 0, 0),
        }
    }
}

impl Safeguards {
    pub const fn of(&self, rule: SafeguardRule) -> &Safeguard {
        match rule {
            SafeguardRule::ChangedAccount => &self.changed_account,
            SafeguardRule::ThirdParty => &self.third_party,
            SafeguardRule::Duplicate => &self.duplicate,
            SafeguardRule::Overpayment => &self.overpayment,
            SafeguardRule::RoundTrip => &self.round_trip,
            SafeguardRule::Structuring => &self.structuring,
            SafeguardRule::BlockedPayer => &self.blocked_payer,
        }
    }

    pub const fn of_mut(&mut self, rule: SafeguardRule) -> &mut Safeguard {
        match rule {
            SafeguardRule::ChangedAccount => &mut self.changed_account,
            SafeguardRule::ThirdParty => &mut self.third_party,
            SafeguardRule::Duplicate => &mut self.duplicate,
            SafeguardRule::Overpayment => &mut self.overpayment,
            SafeguardRule::RoundTrip => &mut self.round_trip,
            SafeguardRule::Structuring => &mut self.structuring,
            SafeguardRule::BlockedPayer => &mut self.blocked_payer,
        }
    }

    pub(super) fn wrong(&self) -> Vec<(String, String)> {
        let bad = |rule: &&SafeguardRule| {
            let Safeguard { days, minor, count, .. } = *self.of(**rule);
            !(0..=MOST_DAYS).contains(&days) || minor < 0 || !(0..=1_000).contains(&count)
        };
        let told = |rule: &SafeguardRule| {
            let message = format!("use up to {MOST_DAYS} days, a count up to 1000 and no negative limit");
            (format!("safeguards.{rule}"), message)
        };
        SafeguardRule::ALL.iter().filter(bad).map(told).collect()
    }

    /// How many days of a payer's history the rules look at.
    pub fn reach_days(&self) -> i64 {
        SafeguardRule::ALL
            .iter()
            .map(|rule| self.of(*rule))
            .filter(|rule| rule.on)
            .map(|rule| rule.days)
            .max()
            .unwrap_or(0)
    }
}

pub const MOST_DAYS: i64 = 90;

/// Money of the same payer, in or out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub value_on: Date,
    /// Negative: money out.
    pub money: Money,
    /// Documents that its text names in full.
    pub names: Vec<String>,
    /// It was posted and taken back since.
    pub is_reversed: bool,
    /// It was decided before, whatever its day: files do not always come in order.
    pub is_decided: bool,
}

/// What is known of the payer as this customer's payer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Acquaintance {
    /// Confirmed payments of the customer.
    pub payments: i64,
    /// Confirmed payments from this very account.
    pub from_account: i64,
    /// The line says an account.
    pub has_account: bool,
    /// The account is on the customer's file.
    pub is_own_account: bool,
    /// Accounts are on the customer's file, this one or others.
    pub has_own_accounts: bool,
    /// The name is the customer's, or was confirmed for it.
    pub is_name_known: bool,
    /// Parent or named payer of the customer.
    pub is_of_group: bool,
}

/// Everything that the rules look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspect<'a> {
    pub payer: &'a str,
    pub account: &'a str,
    pub customer: &'a str,
    pub value_on: Date,
    pub money: Money,
    /// What would stay unapplied.
    pub unapplied_minor: i64,
    /// Documents that the text names in full.
    pub names: &'a [String],
    pub known: Acquaintance,
    /// Other lines of this payer, by account or else by name.
    pub seen: &'a [Seen],
    /// Why the payer is on the block list.
    pub blocked: Option<&'a str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    pub rule: SafeguardRule,
    pub explanation: String,
}

/// What an overpayment case says, whoever posts the line.
pub fn too_much(rest: Money) -> String {
    format!("{rest} more than is owed; do not refund it before the payer is checked")
}

/// What speaks against posting this payment without a person.
pub fn suspicions(rules: &Safeguards, suspect: &Suspect<'_>) -> Vec<Suspicion> {
    let looked = SafeguardRule::ALL.iter().filter(|rule| rules.of(**rule).on);
    looked.filter_map(|&rule| Some(Suspicion { rule, explanation: suspect.against(rule, rules.of(rule))? })).collect()
}

impl Suspect<'_> {
    fn against(&self, rule: SafeguardRule, limits: &Safeguard) -> Option<String> {
        match rule {
            SafeguardRule::ChangedAccount => self.changed_account(limits),
            SafeguardRule::ThirdParty => self.third_party(limits),
            SafeguardRule::Duplicate => self.duplicate(limits),
            SafeguardRule::Overpayment => self.overpayment(limits),
            SafeguardRule::RoundTrip => self.round_trip(limits),
            SafeguardRule::Structuring => self.structuring(limits),
            SafeguardRule::BlockedPayer => {
                self.blocked.map(|why| format!("{} is on the list of blocked payers: {why}", self.payer))
            }
        }
    }

    fn changed_account(&self, limits: &Safeguard) -> Option<String> {
        let Acquaintance {
            payments, from_account, has_account, is_own_account, has_own_accounts, is_name_known, ..
        } = self.known;
        let is_new = has_account && !is_own_account && from_account == 0 && is_name_known;
        let (customer, account) = (self.customer, self.account);
        if is_new && payments >= limits.count.max(1) {
            return Some(format!("{customer} paid {payments} times before, never from the account {account}"));
        }
        (is_new && has_own_accounts).then(|| format!("{customer} has other accounts on file than {account}"))
    }

    fn third_party(&self, limits: &Safeguard) -> Option<String> {
        let Acquaintance { from_account, is_own_account, is_name_known, is_of_group, .. } = self.known;
        let is_stranger = from_account == 0 && !is_own_account && !is_name_known && !is_of_group;
        (is_stranger && self.money.minor() >= limits.minor)
            .then(|| format!("{} pays for {} and never did before", self.payer, self.customer))
    }

    fn duplicate(&self, limits: &Safeguard) -> Option<String> {
        let same = |seen: &&Seen| {
            seen.money == self.money
                && self.is_within(seen, limits.days)
                && !seen.is_reversed
                && !self.names_others(&seen.names)
        };
        let before = self.seen.iter().filter(same).map(|seen| seen.value_on).max()?;
        (self.money.minor() >= limits.minor).then(|| format!("{} paid {} on {before} as well", self.payer, self.money))
    }

    /// Both say what they are for, and it is not the same.
    fn names_others(&self, names: &[String]) -> bool {
        !self.names.is_empty() && !names.is_empty() && !self.names.iter().any(|name| names.contains(name))
    }

    fn overpayment(&self, limits: &Safeguard) -> Option<String> {
        let rest = Money::new(self.unapplied_minor, self.money.currency());
        (self.unapplied_minor > 0 && self.unapplied_minor >= limits.minor).then(|| too_much(rest))
    }

    fn round_trip(&self, limits: &Safeguard) -> Option<String> {
        let back = self.money.negated().ok()?;
        let same = |seen: &&Seen| seen.money == back && self.days_after(seen).abs() <= limits.days;
        let out = self.seen.iter().filter(same).map(|seen| seen.value_on).max()?;
        let next = if out <= self.value_on { "comes back" } else { "came from it before" };
        (self.money.minor() >= limits.minor)
            .then(|| format!("{} went out to this account on {out} and {next}", self.money))
    }

    fn structuring(&self, limits: &Safeguard) -> Option<String> {
        let just_below = |money: Money| {
            let share = i128::from(money.minor()) * 10;
            money.minor() < limits.minor && share >= i128::from(limits.minor) * 9
        };
        let alike = |seen: &&Seen| {
            seen.money.currency() == self.money.currency()
                && just_below(seen.money)
                && self.is_within(seen, limits.days)
        };
        let count = 1 + self.seen.iter().filter(alike).count();
        let limit = Money::new(limits.minor, self.money.currency());
        let needed = usize::try_from(limits.count.max(2)).unwrap_or(usize::MAX);
        (just_below(self.money) && count >= needed)
            .then(|| format!("{count} payments of just under {limit} within {} days", limits.days))
    }

    fn days_after(&self, seen: &Seen) -> i64 {
        self.value_on.days_since(seen.value_on)
    }

    /// Of two lines the one that is decided last is the repetition.
    fn is_within(&self, seen: &Seen, days: i64) -> bool {
        let after = self.days_after(seen);
        (0..=days).contains(&after) || (seen.is_decided && (-days..0).contains(&after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Currency;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn eur(minor: i64) -> Money {
        Money::new(minor, Currency::EUR)
    }

    fn suspect(minor: i64, seen: &[Seen]) -> Suspect<'_> {
        Suspect {
            payer: "BOLT LTD",
            account: "DE02120300000000202051",
            customer: "Bolt Ltd",
            value_on: day("2026-03-16"),
            money: eur(minor),
            unapplied_minor: 0,
            names: &[],
            known: Acquaintance {
                payments: 5,
                from_account: 5,
                has_account: true,
                is_name_known: true,
                ..Acquaintance::default()
            },
            seen,
            blocked: None,
        }
    }

    fn raised(suspect: &Suspect<'_>) -> Vec<SafeguardRule> {
        suspicions(&Safeguards::default(), suspect).into_iter().map(|suspicion| suspicion.rule).collect()
    }

    fn seen(on: &str, minor: i64) -> Seen {
        Seen { value_on: day(on), money: eur(minor), names: Vec::new(), is_reversed: false, is_decided: false }
    }

    #[test]
    fn an_old_acquaintance_raises_nothing() {
        assert_eq!(raised(&suspect(500_000, &[])), []);
    }

    #[test]
    fn a_known_payer_from_a_new_account_and_a_stranger() {
        let changed = Acquaintance { from_account: 0, ..suspect(1, &[]).known };
        let told = suspicions(&Safeguards::default(), &Suspect { known: changed, ..suspect(1_000, &[]) });
        assert_eq!(told[0].explanation, "Bolt Ltd paid 5 times before, never from the account DE02120300000000202051");
        let young = Acquaintance { payments: 2, ..changed };
        assert_eq!(raised(&Suspect { known: young, ..suspect(1_000, &[]) }), []);
        let own = Acquaintance { is_own_account: true, has_own_accounts: true, ..changed };
        assert_eq!(raised(&Suspect { known: own, ..suspect(1_000, &[]) }), []);
        let filed = Acquaintance { has_own_accounts: true, payments: 0, ..changed };
        let told = suspicions(&Safeguards::default(), &Suspect { known: filed, ..suspect(1_000, &[]) });
        assert_eq!(told[0].explanation, "Bolt Ltd has other accounts on file than DE02120300000000202051");
        let stranger = Acquaintance { is_name_known: false, ..changed };
        assert_eq!(raised(&Suspect { known: stranger, ..suspect(100_000, &[]) }), [SafeguardRule::ThirdParty]);
        assert_eq!(raised(&Suspect { known: stranger, ..suspect(99_999, &[]) }), []);
        let parent = Acquaintance { is_of_group: true, ..stranger };
        assert_eq!(raised(&Suspect { known: parent, ..suspect(100_000, &[]) }), []);
    }

    #[test]
    fn the_same_sum_days_ago_or_the_other_way() {
        assert_eq!(raised(&suspect(500, &[seen("2026-03-11", 500)])), [SafeguardRule::Duplicate]);
        assert_eq!(raised(&suspect(500, &[seen("2026-03-10", 500), seen("2026-03-17", 500)])), []);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (one, both) = (names(&["INV-1"]), names(&["INV-1", "INV-2"]));
        let before = |names: Vec<String>| [Seen { names, ..seen("2026-03-11", 500) }];
        let again = |before: &[Seen]| raised(&Suspect { names: &one, ..suspect(500, before) });
        assert_eq!(again(&before(names(&["INV-2"]))), [], "another invoice of the same price");
        assert_eq!(again(&before(both)), [SafeguardRule::Duplicate]);
        assert_eq!(again(&before(vec![])), [SafeguardRule::Duplicate], "who knows what that one was for");
        let bounced = [Seen { is_reversed: true, ..seen("2026-03-11", 500) }];
        assert_eq!(raised(&suspect(500, &bounced)), []);
        assert_eq!(raised(&suspect(200_000, &[seen("2026-02-20", -200_000)])), [SafeguardRule::RoundTrip]);
        assert_eq!(raised(&suspect(200_000, &[seen("2026-01-20", -200_000)])), []);
        let told = suspicions(&Safeguards::default(), &suspect(200_000, &[seen("2026-03-18", -200_000)]));
        assert_eq!(told[0].explanation, "2000.00 EUR went out to this account on 2026-03-18 and came from it before");
    }

    #[test]
    fn what_was_decided_before_counts_also_when_its_day_is_later() {
        let decided = |on: &str, minor: i64| Seen { is_decided: true, ..seen(on, minor) };
        assert_eq!(raised(&suspect(500, &[decided("2026-03-21", 500)])), [SafeguardRule::Duplicate]);
        assert_eq!(raised(&suspect(500, &[decided("2026-03-22", 500)])), [], "six days");
        assert_eq!(raised(&suspect(500, &[seen("2026-03-21", 500)])), [], "that one is the repetition");
        let two = [decided("2026-03-18", 950_000), decided("2026-03-19", 999_999)];
        assert_eq!(raised(&suspect(900_000, &two)), [SafeguardRule::Structuring]);
    }

    #[test]
    fn three_payments_just_under_ten_thousand() {
        let two = [seen("2026-03-10", 950_000), seen("2026-03-13", 999_999)];
        assert_eq!(raised(&suspect(900_000, &two)), [SafeguardRule::Structuring]);
        assert_eq!(raised(&suspect(899_999, &two)), []);
        assert_eq!(raised(&suspect(1_000_000, &two)), []);
        assert_eq!(raised(&suspect(900_000, &two[..1])), []);
    }

    #[test]
    fn too_much_and_blocked() {
        let too_much = Suspect { unapplied_minor: 100_000, ..suspect(300_000, &[]) };
        assert_eq!(raised(&too_much), [SafeguardRule::Overpayment]);
        let blocked = Suspect { blocked: Some("court order"), ..suspect(100, &[]) };
        assert_eq!(
            suspicions(&Safeguards::default(), &blocked)[0].explanation,
            "BOLT LTD is on the list of blocked payers: court order"
        );
        let mut off = Safeguards::default();
        off.blocked_payer.on = false;
        assert_eq!(suspicions(&off, &blocked), []);
    }
}
