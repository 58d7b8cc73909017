//! Dollars a month, in whole cents.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, Mul, Neg, Sub},
};

use serde::{Deserialize, Serialize};

/// An amount in US cents, which may be negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money {
    cents: i64,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self { cents: 0 };

    /// An amount given in cents.
    pub const fn cents(cents: i64) -> Self {
        Self { cents }
    }

    /// An amount given in dollars, as the API's price fields are, rounded to the cent.
    ///
    /// What is no finite number counts as nothing.
    #[expect(clippy::cast_possible_truncation, reason = "prices are far below 2^53 cents")]
    pub fn dollars(dollars: f64) -> Self {
        let cents = (dollars * 100.0).round();
        Self { cents: if cents.is_finite() { cents as i64 } else { 0 } }
    }

    /// The amount in cents.
    pub const fn as_cents(self) -> i64 {
        self.cents
    }

    /// So many hundredths of it, rounded to the cent.
    pub const fn percent(self, hundredths: i64) -> Self {
        Self { cents: (self.cents.saturating_mul(hundredths) + 50).div_euclid(100) }
    }

    /// The amount with its sign always shown: `+$16.00`, `-$3.00`.
    pub fn signed(self) -> String {
        if self.cents < 0 { self.to_string() } else { format!("+{self}") }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.cents < 0 { "-" } else { "" };
        let cents = self.cents.unsigned_abs();
        let text = format!("{sign}${}.{:02}", cents / 100, cents % 100);
        out.pad(&text)
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { cents: self.cents.saturating_add(other.cents) }
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        Self { cents: self.cents.saturating_neg() }
    }
}

impl Mul<u32> for Money {
    type Output = Self;

    fn mul(self, times: u32) -> Self {
        Self { cents: self.cents.saturating_mul(i64::from(times)) }
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn amounts_print_with_two_digits_and_their_sign() {
        assert_eq!(Money::dollars(0.07).to_string(), "$0.07");
        assert_eq!(Money::cents(-1205).to_string(), "-$12.05");
        assert_eq!(Money::dollars(16.0).signed(), "+$16.00");
        assert_eq!(Money::dollars(f64::NAN), Money::ZERO);
    }

    #[test]
    fn a_sum_is_exact() {
        let total: Money = [Money::dollars(0.1); 3].into_iter().sum();
        assert_eq!(total, Money::cents(30));
        assert_eq!(Money::cents(10) * 160, Money::dollars(16.0));
        assert_eq!(Money::cents(599).percent(20), Money::cents(120));
    }
}
