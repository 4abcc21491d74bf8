//! Functions of addresses, as of Go's `net/url`, for those that are written plainly.

use super::Kind::{Map as MapKind, Text};
use super::{Args, Fault, Function, Heap, Value, fixed};
use crate::flux::resource_set::template::value::Entries;

pub(super) const TABLE: &[Function] =
    &[fixed("urlParse", &[Text], parse), fixed("urlJoin", &[MapKind], join)];

/// Whether a part needs no escapes.
fn is_plain(text: &str, others: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

fn not_plain(what: &str) -> Fault {
    Fault::not_understood(format!("an address with {what}"))
}

fn parse(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let text = args.text();
    let (rest, fragment) = text.split_once('#').unwrap_or((&text, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, after)) if is_plain(scheme, "+-.") && starts_with_letter(scheme) => {
            (scheme.to_ascii_lowercase(), after)
        }
        Some((before, _)) if !before.contains('/') => {
            return Err(Fault::refused("the address starts with no scheme that could be one"));
        }
        _ => (String::new(), rest),
    };
    let (authority, path, opaque) = match rest.strip_prefix("//") {
        Some(after) => {
            let end = after.find('/').unwrap_or(after.len());
            (&after[..end], &after[end..], "")
        }
        None if !scheme.is_empty() && !rest.starts_with('/') => ("", "", rest),
        None => ("", rest, ""),
    };
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (user, host),
        None => ("", authority),
    };
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    if !is_plain(name, "-._~") || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not_plain("such a host"));
    }
    if !is_plain(user, "-._~$&+,;=!*'():") || user.matches(':').count() > 1 {
        return Err(not_plain("such a user"));
    }
    if !is_plain(path, "-._~$&+,;=:@/!*'() ") || !is_plain(fragment, "-._~$&+,;=:@/?!*'() ") {
        return Err(not_plain("escaped characters"));
    }
    if query.chars().chain(opaque.chars()).any(char::is_control) {
        return Err(Fault::refused("the address has a control character"));
    }
    let parts = [
        ("scheme", scheme.as_str()),
        ("host", host),
        ("hostname", name),
        ("path", path),
        ("query", query),
        ("opaque", opaque),
        ("fragment", fragment),
        ("userinfo", user),
    ];
    let mut entries = Entries::new();
    for (key, part) in parts {
        entries.insert(key.into(), heap.text(part)?);
    }
    Ok(Value::Map(heap.map(entries)?))
}

fn starts_with_letter(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn join(heap: &mut Heap, mut args: Args) -> Result<Value, Fault> {
    let map = args.map();
    let part = |key: &str| match heap.get(map, key) {
        None => Ok(String::new()),
        Some(Value::Text(text)) => Ok(text.to_string()),
        Some(other) => {
            Err(Fault::refused(format!("`{key}` must be a text, not {}", other.type_name())))
        }
    };
    let (scheme, host, path) = (part("scheme")?, part("host")?, part("path")?);
    let (query, opaque) = (part("query")?, part("opaque")?);
    let (fragment, user) = (part("fragment")?, part("userinfo")?);
    if !is_plain(&host, "-._~:") || !is_plain(&path, "-._~$&+,;=:@/!") {
        return Err(not_plain("escaped characters"));
    }
    if !is_plain(&fragment, "-._~$&+,;=:@/?!") || !is_plain(&user, "-._~$&+,;=:") {
        return Err(not_plain("escaped characters"));
    }
    let mut out = String::new();
    if !scheme.is_empty() {
        out.push_str(&scheme);
        out.push(':');
    }
    if opaque.is_empty() {
        if !scheme.is_empty() || !host.is_empty() || !user.is_empty() {
            if !host.is_empty() || !path.is_empty() || !user.is_empty() {
                out.push_str("//");
            }
            if !user.is_empty() {
                out.push_str(&user);
                out.push('@');
            }
            out.push_str(&host);
        }
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        let first = path.split('/').next().unwrap_or_default();
        if out.is_empty() && first.contains(':') {
            out.push_str("./");
        }
        out.push_str(&path);
    } else {
        out.push_str(&opaque);
    }
    if !query.is_empty() {
        out.push('?');
        out.push_str(&query);
    }
    if !fragment.is_empty() {
        out.push('#');
        out.push_str(&fragment);
    }
    heap.text(out)
}
