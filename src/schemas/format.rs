//! What texts of a format look like, as the API server judges them.
//!
//! Of the formats that [custom resources may use](https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation)
//! those are judged whose rule is short and certain; what is not known here is taken, as the API server takes it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a text should have been, if it is not that. `decoded` is said of Kubernetes' own fields, whose formats differ in what they mean.
pub(super) fn wrong(format: &str, text: &str, decoded: bool) -> Option<&'static str> {
    let (fits, what) = match format {
        "date-time" => (is_date_time(text), "a time such as `2026-01-31T12:00:00Z`"),
        "date" if !decoded => (is_date(text), "a date such as `2026-01-31`"),
        "byte" => (is_base64(text), "text in base64"),
        "ipv4" => (text.parse::<Ipv4Addr>().is_ok(), "an IPv4 address"),
        "ipv6" => (text.parse::<Ipv6Addr>().is_ok(), "an IPv6 address"),
        "cidr" => (is_cidr(text), "a range of addresses such as `10.0.0.0/8`"),
        "uuid" => (is_uuid(text), "a UUID"),
        _ => return None,
    };
    (!fits).then_some(what)
}

fn digits(text: &str, length: usize) -> Option<u32> {
    let all = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let (Some(year), Some(month), Some(day)) = (
        year.and_then(|text| digits(text, 4)),
        month.and_then(|text| digits(text, 2)),
        day.and_then(|text| digits(text, 2)),
    ) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let Some(zone) = time.find(['Z', 'z', '+', '-']) else { return false };
    let (time, zone) = time.split_at(zone);
    let clock = |text: &str, most: u32| {
        let Some((hours, minutes)) = text.split_once(':') else { return false };
        digits(hours, 2).is_some_and(|hours| hours <= most)
            && digits(minutes, 2).is_some_and(|minutes| minutes < 60)
    };
    let zone_fits = matches!(zone, "Z" | "z") || zone.get(1..).is_some_and(|rest| clock(rest, 23));
    let (time, fraction) = time.split_once('.').map_or((time, None), |(a, b)| (a, Some(b)));
    let fraction_fits =
        fraction.is_none_or(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let Some((clock_part, seconds)) = time.rsplit_once(':') else { return false };
    is_date(date)
        && zone_fits
        && fraction_fits
        && clock(clock_part, 23)
        && digits(seconds, 2).is_some_and(|seconds| seconds <= 60)
}

/// As Go's decoder takes it: with padding, and with line breaks anywhere.
fn is_base64(text: &str) -> bool {
    let bytes = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r'));
    let (mut length, mut padding) = (0_usize, 0_usize);
    for byte in bytes {
        length += 1;
        match byte {
            b'=' => padding += 1,
            _ if padding > 0 => return false,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {}
            _ => return false,
        }
    }
    length.is_multiple_of(4) && padding <= 2
}

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = match address.parse() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    !bits.is_empty()
        && bits.bytes().all(|byte| byte.is_ascii_digit())
        && bits.parse::<u32>().is_ok_and(|bits| bits <= most)
}

fn is_uuid(text: &str) -> bool {
    let hex: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    hex.len() == 32 && hex.iter().all(u8::is_ascii_hexdigit)
}

/// Whether a text is a quantity, by
/// [the API server's grammar](https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
pub(super) fn is_quantity(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(end);
    let has_digit = number.bytes().any(|byte| byte.is_ascii_digit());
    if !has_digit || number.matches('.').count() > 1 {
        return false;
    }
    let is_exponent = suffix.strip_prefix(['e', 'E']).is_some_and(|power| {
        let power = power.strip_prefix(['+', '-']).unwrap_or(power);
        !power.is_empty() && power.bytes().all(|byte| byte.is_ascii_digit())
    });
    is_exponent
        || matches!(
            suffix,
            "" | "n"
                | "u"
                | "m"
                | "k"
                | "M"
                | "G"
                | "T"
                | "P"
                | "E"
                | "Ki"
                | "Mi"
                | "Gi"
                | "Ti"
                | "Pi"
                | "Ei"
        )
}
