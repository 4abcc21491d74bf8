//! The part of the scanner that reads names: directives, anchors, aliases and tags.

use std::borrow::Cow;

use super::scan::{Result, Scanner, Tag, Token, TokenKind};

/// Whether a byte may be part of the name of an anchor, a tag handle or a directive.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

impl<'a> Scanner<'a> {
    pub(super) fn scan_directive(&mut self) -> Result<Token<'a>> {
        let start = self.at;
        self.at += 1;
        let name = self.scan_name();
        let kind = match name {
            "YAML" => {
                self.skip_blanks();
                let major = self.scan_version_number(start)?;
                if self.byte(0) != b'.' {
                    return Err(self.error(start, "write the version as `%YAML 1.1`"));
                }
                self.at += 1;
                TokenKind::VersionDirective { major, minor: self.scan_version_number(start)? }
            }
            "TAG" => {
                self.skip_blanks();
                let handle = self.scan_tag_handle(start, true)?;
                if !matches!(self.byte(0), b' ' | b'\t') {
                    return Err(self.error(start, "write the directive as `%TAG !name! prefix`"));
                }
                self.skip_blanks();
                let suffix = self.scan_tag_uri(start, "")?;
                TokenKind::TagDirective(Box::new(Tag { handle, suffix }))
            }
            _ => {
                return Err(self.error(
                    start,
                    "`%` starts a directive, and this is none; if this is text, write it in quotes",
                ));
            }
        };
        let end = self.at;
        if !self.is_blank_or_end_at(end) {
            return Err(self.error(end, "a directive ends with its line"));
        }
        self.skip_blanks();
        if self.byte(0) == b'#' {
            self.skip_comment();
        }
        if !self.is_break_or_end() {
            return Err(self.error(self.at, "a directive ends with its line"));
        }
        self.skip_line();
        Ok(Token { kind, start, end })
    }

    fn scan_version_number(&mut self, start: usize) -> Result<u8> {
        let digits = self.at;
        while self.byte(0).is_ascii_digit() {
            self.at += 1;
        }
        self.text[digits..self.at]
            .parse()
            .map_err(|_| self.error(start, "write the version as `%YAML 1.1`"))
    }

    fn scan_name(&mut self) -> &'a str {
        let start = self.at;
        while is_name_byte(self.byte(0)) {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    pub(super) fn scan_anchor(&mut self) -> Result<Token<'a>> {
        let start = self.at;
        let alias = self.byte(0) == b'*';
        self.at += 1;
        let name = self.scan_name();
        let ends = self.is_blank_or_end_at(self.at)
            || matches!(self.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            let problem = if alias {
                "`*` starts an alias, whose name has letters, digits, `_` and `-` only; if this is text, write it in quotes"
            } else {
                "`&` starts an anchor, whose name has letters, digits, `_` and `-` only; if this is text, write it in quotes"
            };
            return Err(self.error(start, problem));
        }
        let kind = if alias { TokenKind::Alias(name) } else { TokenKind::Anchor(name) };
        Ok(Token { kind, start, end: self.at })
    }

    pub(super) fn scan_tag(&mut self) -> Result<Token<'a>> {
        let start = self.at;
        let tag = if self.byte(1) == b'<' {
            self.at += 2;
            let suffix = self.scan_tag_uri(start, "")?;
            if self.byte(0) != b'>' {
                return Err(self.error(start, "the tag `!<` has no closing `>`"));
            }
            self.at += 1;
            Tag { handle: "", suffix }
        } else {
            let handle = self.scan_tag_handle(start, false)?;
            if handle.len() > 1 && handle.ends_with('!') {
                Tag { handle, suffix: self.scan_tag_uri(start, "")? }
            } else {
                match self.scan_tag_uri(start, handle)? {
                    suffix if suffix.is_empty() => Tag { handle: "", suffix: "!".into() },
                    suffix => Tag { handle: "!", suffix },
                }
            }
        };
        if !self.is_blank_or_end_at(self.at) {
            let problem =
                "`!` starts a tag, and a blank must end it; if this is text, write it in quotes";
            return Err(self.error(start, problem));
        }
        Ok(Token { kind: TokenKind::Tag(Box::new(tag)), start, end: self.at })
    }

    fn scan_tag_handle(&mut self, start: usize, directive: bool) -> Result<&'a str> {
        let begin = self.at;
        if self.byte(0) != b'!' {
            return Err(self.error(start, "a tag's handle starts with `!`"));
        }
        self.at += 1;
        self.scan_name();
        if self.byte(0) == b'!' {
            self.at += 1;
        } else if directive && self.at - begin != 1 {
            return Err(self.error(start, "a tag's handle ends with `!`"));
        }
        Ok(&self.text[begin..self.at])
    }

    fn scan_tag_uri(&mut self, start: usize, head: &'a str) -> Result<Cow<'a, str>> {
        let begin = self.at;
        let mut bytes: Vec<u8> = head.as_bytes().get(1..).unwrap_or_default().to_vec();
        loop {
            match self.byte(0) {
                b'%' => {
                    let octet = self.text.get(self.at + 1..self.at + 3);
                    match octet.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                        Some(octet) => bytes.push(octet),
                        None => {
                            return Err(
                                self.error(start, "`%` in a tag takes two hexadecimal digits")
                            );
                        }
                    }
                    self.at += 3;
                }
                byte if is_name_byte(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte) => {
                    bytes.push(byte);
                    self.at += 1;
                }
                _ => break,
            }
        }
        if self.at == begin && head.is_empty() {
            return Err(self.error(start, "the tag has no name"));
        }
        match String::from_utf8(bytes) {
            Ok(uri) => Ok(Cow::Owned(uri)),
            Err(_) => Err(self.error(start, "the escapes in this tag are not UTF-8")),
        }
    }
}
