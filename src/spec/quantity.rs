//! Arithmetic on Kubernetes quantities, see
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>.

use std::fmt;

use super::text::Quantity;

/// An amount in thousandths, rounded up as Kubernetes does; what is larger than anything real is the largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(u128);

impl Amount {
    /// The amount of a quantity.
    #[must_use]
    pub fn of(quantity: &Quantity) -> Self {
        let text = quantity.as_str();
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let mantissa: u128 = format!("{whole}{fraction}").parse().unwrap_or(0);
        let places = fraction.len() as i32;
        let (factor, exponent): (u128, i32) = match unit {
            "" => (1, 0),
            "m" => (1, -3),
            "k" => (1, 3),
            "M" => (1, 6),
            "G" => (1, 9),
            "T" => (1, 12),
            "P" => (1, 15),
            "E" => (1, 18),
            "Ki" => (1 << 10, 0),
            "Mi" => (1 << 20, 0),
            "Gi" => (1 << 30, 0),
            "Ti" => (1 << 40, 0),
            "Pi" => (1 << 50, 0),
            "Ei" => (1 << 60, 0),
            exponent => (1, exponent[1..].parse().unwrap_or(0)),
        };
        let power = exponent + 3 - places;
        let value = mantissa.saturating_mul(factor);
        let ten = |power: i32| 10u128.saturating_pow(power.unsigned_abs());
        Self(if power >= 0 { value.saturating_mul(ten(power)) } else { value.div_ceil(ten(power)) })
    }

    /// So many times as much.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        Self(self.0.saturating_mul(times as u128))
    }

    /// An equal share of it among so many, rounded down, in thousandths.
    pub(super) fn over(self, parts: usize) -> u128 {
        self.0 / (parts.max(1) as u128)
    }

    /// An equal share of it among so many, rounded down.
    #[must_use]
    pub fn share(self, parts: usize) -> Self {
        Self(self.over(parts))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_multiple_of(1000) {
            return write!(f, "{}m", self.0);
        }
        let whole = self.0 / 1000;
        let units = ["Ei", "Pi", "Ti", "Gi", "Mi", "Ki"];
        for (at, unit) in units.iter().enumerate() {
            let size = 1u128 << (10 * (units.len() - at));
            if whole >= size && whole.is_multiple_of(size) {
                return write!(f, "{}{unit}", whole / size);
            }
        }
        write!(f, "{whole}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn amount(text: &str) -> Amount {
        Amount::of(&Quantity::new(text).unwrap())
    }

    #[test]
    fn units_are_what_kubernetes_means_by_them() {
        for (a, b) in [
            ("1", "1000m"),
            ("1.5", "1500m"),
            ("1Ki", "1024"),
            ("1.5Gi", "1536Mi"),
            ("1k", "1e3"),
            ("1E", "1e18"),
            ("2e-1", "200m"),
            (".5", "500m"),
            ("0.0001", "1m"),
        ] {
            assert_eq!(amount(a), amount(b), "{a} {b}");
        }
        assert!(amount("1G") < amount("1Gi"));
        assert!(amount("99999999999999999999999999999E") > amount("1Ei"));
    }

    #[test]
    fn an_amount_is_shown_in_its_largest_whole_unit() {
        for (text, shown) in
            [("2048Mi", "2Gi"), ("1500m", "1500m"), ("40", "40"), ("1000", "1000"), ("0", "0")]
        {
            assert_eq!(amount(text).to_string(), shown);
        }
        assert_eq!(amount("100").share(3).to_string(), "33333m");
        assert_eq!(amount("64Gi").times(2).to_string(), "128Gi");
    }
}
