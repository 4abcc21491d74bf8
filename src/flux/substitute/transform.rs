//! What the operators make of a value.
//!
//! Values are UTF-8 and arguments need not be: what is nested in them may have cut a character.

use std::borrow::Cow;

use super::glob::{Glob, Halt};
use super::letters::{lower, upper};
use super::parse::Operator;
use super::work::{TooMuch, Work};

/// Why an operator gives nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    EndBeforeBegin,
    TooMuch,
}

impl From<TooMuch> for Fault {
    fn from(_: TooMuch) -> Self {
        Self::TooMuch
    }
}

/// The value of a variable after its operator.
pub(super) fn transformed<'v>(
    operator: Operator,
    value: &'v str,
    arguments: &'v [Vec<u8>],
    work: &mut Work,
) -> Result<Cow<'v, [u8]>, Fault> {
    let bytes = value.as_bytes();
    let result = match (operator, arguments) {
        (Operator::Default, [default]) if value.is_empty() => default.into(),
        (Operator::Length, _) => value.len().to_string().into_bytes().into(),
        (Operator::Substring, [offset, length @ ..]) => part(bytes, offset, length.first())?.into(),
        (Operator::Upper, _) => mapped(value, upper),
        (Operator::Lower, _) => mapped(value, lower),
        (Operator::UpperFirst, _) => first_mapped(value, upper),
        (Operator::LowerFirst, _) => first_mapped(value, lower),
        (Operator::TrimPrefix { longest }, [pattern]) => {
            trimmed(bytes, pattern, longest, work)?.into()
        }
        (Operator::TrimSuffix { longest }, [pattern]) => {
            let (backwards, pattern) = (reversed(bytes), reversed(pattern));
            work.spend(backwards.len() + pattern.len())?;
            reversed(trimmed(&backwards, &pattern, longest, work)?).into()
        }
        (Operator::ReplaceFirst, [search, with @ ..]) => {
            replaced(value, search, with.first(), 1, work)?.into()
        }
        (Operator::ReplaceAll, [search, with @ ..]) => {
            replaced(value, search, with.first(), usize::MAX, work)?.into()
        }
        // Without a replacement these two do nothing.
        (Operator::ReplacePrefix, [prefix, with]) => match bytes.strip_prefix(&**prefix) {
            Some(rest) => [with, rest].concat().into(),
            None => bytes.into(),
        },
        (Operator::ReplaceSuffix, [suffix, with]) => match bytes.strip_suffix(&**suffix) {
            Some(rest) => [rest, with].concat().into(),
            None => bytes.into(),
        },
        _ => bytes.into(),
    };
    work.spend(result.len())?;
    Ok(result)
}

/// What is from an offset on, at most so long; everything if one of them is no number.
fn part<'v>(value: &'v [u8], offset: &[u8], length: Option<&Vec<u8>>) -> Result<&'v [u8], Fault> {
    let end = value.len() as i64;
    let Some(offset) = number(offset) else { return Ok(value) };
    // From the end, but not beyond the beginning.
    let from = if offset < 0 { (end + offset).max(0) } else { offset };
    let rest = value.get(from as usize..).unwrap_or_default();
    let Some(length) = length else { return Ok(rest) };
    let Some(length) = number(length) else { return Ok(value) };
    match from.wrapping_add(length) {
        to if to >= end => Ok(rest),
        to if to < from => Err(Fault::EndBeforeBegin),
        to => Ok(&value[from as usize..to as usize]),
    }
}

fn number(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn mapped(value: &str, map: fn(char) -> char) -> Cow<'_, [u8]> {
    value.chars().map(map).collect::<String>().into_bytes().into()
}

fn first_mapped(value: &str, map: fn(char) -> char) -> Cow<'_, [u8]> {
    let mut characters = value.chars();
    match characters.next() {
        Some(first) => {
            [map(first).to_string().as_str(), characters.as_str()].concat().into_bytes().into()
        }
        None => b"".into(),
    }
}

/// The value with the first so many occurrences replaced. One of nothing is before each character
/// and at the end.
fn replaced(
    value: &str,
    search: &[u8],
    with: Option<&Vec<u8>>,
    at_most: usize,
    work: &mut Work,
) -> Result<Vec<u8>, Fault> {
    let bytes = value.as_bytes();
    let with = with.map(Vec::as_slice).unwrap_or_default();
    let places: Vec<usize> = match std::str::from_utf8(search) {
        Ok(search) => value.match_indices(search).take(at_most).map(|(at, _)| at).collect(),
        Err(_) => {
            work.spend(bytes.len().saturating_mul(search.len()))?;
            let mut places: Vec<usize> = Vec::new();
            for (at, window) in bytes.windows(search.len()).enumerate() {
                let free = places.last().is_none_or(|last| last + search.len() <= at);
                if free && window == search && places.len() < at_most {
                    places.push(at);
                }
            }
            places
        }
    };
    work.spend(places.len().saturating_mul(with.len()).saturating_add(bytes.len()))?;
    let mut result = Vec::new();
    let mut from = 0;
    for at in places {
        result.extend_from_slice(&bytes[from..at]);
        result.extend_from_slice(with);
        from = at + search.len();
    }
    result.extend_from_slice(&bytes[from..]);
    Ok(result)
}

/// What is left of a value without the longest, or the shortest, beginning that a pattern matches. A
/// pattern that is malformed as far as it is looked at trims nothing.
fn trimmed<'v>(
    value: &'v [u8],
    pattern: &[u8],
    longest: bool,
    work: &mut Work,
) -> Result<&'v [u8], Fault> {
    let glob = Glob::new(pattern);
    let mut rest = value;
    for length in (1..=value.len()).rev() {
        match glob.matches(&value[..length], work) {
            Ok(true) => rest = &value[length..],
            Ok(false) => continue,
            Err(Halt::Malformed) => return Ok(value),
            Err(Halt::TooMuch) => return Err(Fault::TooMuch),
        }
        if longest {
            break;
        }
    }
    Ok(rest)
}

/// The characters in the other order. A byte that is in none becomes U+FFFD.
fn reversed(bytes: &[u8]) -> Vec<u8> {
    let mut characters: Vec<char> = Vec::new();
    for chunk in bytes.utf8_chunks() {
        characters.extend(chunk.valid().chars());
        characters.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    characters.into_iter().rev().collect::<String>().into_bytes()
}
