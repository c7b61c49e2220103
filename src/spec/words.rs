//! A pasted line cut into words as a shell cuts it, each with its place in the text. What a shell
//! would fill in (`$HOME`, `$(pwd)`, `~`) is asked for; what it would not forgive but a reader
//! understands (a blank or a comment behind a continuation) is passed over with a note.

use std::ops::Range;

use crate::model::text::is_harmless;

/// Commands of a text, what is wrong with it, and what it asks for.
#[derive(Debug, Default)]
pub struct Words {
    /// The words of each command, in order.
    pub commands: Vec<Vec<Word>>,
    /// What makes no sense.
    pub faults: Vec<Remark>,
    /// What was passed over.
    pub notes: Vec<Remark>,
    /// What a shell would fill in.
    pub asked: Vec<Asked>,
}

/// A word as the command gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Without quotes, with what was filled in.
    pub text: String,
    /// Its bytes in the text that was read.
    pub place: Range<usize>,
}

/// A sentence about a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The bytes it is about.
    pub place: Range<usize>,
    /// The sentence.
    pub text: String,
}

/// Something that a shell would fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its bytes in the text.
    pub place: Range<usize>,
    /// What it is.
    pub question: Question,
    /// What it stands for; none when nobody knew, and it stays as it was written.
    pub answer: Option<String>,
}

/// What is to be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// A variable's value. `$(pwd)` asks for `PWD`, `~` for `HOME`.
    Variable(String),
    /// What a command prints.
    Output(String),
}

/// Who knows what a shell would fill in.
pub type Answers<'a> = &'a dyn Fn(&Question) -> Option<String>;

/// Cuts a text into commands and their words.
pub fn split(text: &str, answers: Answers<'_>) -> Words {
    let mut lexer = Lexer {
        text,
        at: 0,
        answers,
        word: None,
        command: Vec::new(),
        out: Words::default(),
        continued: false,
        dropped: false,
    };
    lexer.run();
    lexer.out
}

/// The words of a command that no shell reads: as [`split`] cuts them, and refused where a shell
/// would do something that does not happen here.
///
/// # Errors
/// What a shell would be needed for, as a sentence.
pub fn alone(text: &str) -> Result<Vec<String>, String> {
    let words = split(text, &|_| None);
    if let Some(fault) = words.faults.first() {
        return Err(fault.text.clone());
    }
    if let Some(asked) = words.asked.first() {
        let written = text.get(asked.place.clone()).unwrap_or_default();
        let mut before = words.commands.iter().flatten();
        let in_script = before.any(|word| word.text == "-c" && word.place.end <= asked.place.start);
        let advice = match in_script {
            true => "put what follows -c in single quotes, and that shell does",
            false => "put it in single quotes, or behind sh -c",
        };
        return Err(format!("no shell is there to fill in {written}: {advice}"));
    }
    let end = match words.commands.as_slice() {
        [] => 0,
        [command] => command.last().map_or(0, |word| word.place.end),
        [..] => {
            return Err(
                "several commands need a shell, as in sh -c 'one; two': or quote the sign".into(),
            );
        }
    };
    let rest = text.get(end..).unwrap_or_default().trim();
    if !words.notes.is_empty() || !rest.is_empty() {
        return Err(format!(
            "`{}` would be left out: put it in quotes, or behind sh -c",
            if rest.is_empty() { ">" } else { rest }
        ));
    }
    let words = words.commands.into_iter().flatten();
    Ok(words.map(|word| word.text).collect())
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    answers: Answers<'a>,
    /// The word being read.
    word: Option<Word>,
    command: Vec<Word>,
    out: Words,
    /// Whether the last line ended with a continuation.
    continued: bool,
    /// Whether the next word is the target of a redirection.
    dropped: bool,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Takes a text that comes next.
    fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        self.at += if found { text.len() } else { 0 };
        found
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Adds to the word; begins one where there is none.
    fn push(&mut self, text: &str, from: usize) {
        let word = self.word.get_or_insert_with(|| Word {
            text: String::new(),
            place: from..from,
        });
        word.text.push_str(text);
        word.place.end = self.at;
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take() {
            if std::mem::take(&mut self.dropped) {
                self.note(word.place, "what is written to a file is left out");
            } else {
                self.command.push(word);
            }
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        if !self.command.is_empty() {
            self.out.commands.push(std::mem::take(&mut self.command));
        }
    }

    fn note(&mut self, place: Range<usize>, text: &str) {
        self.out.notes.push(Remark {
            place,
            text: text.to_owned(),
        });
    }

    fn fault(&mut self, place: Range<usize>, text: &str) {
        self.out.faults.push(Remark {
            place,
            text: text.to_owned(),
        });
    }

    fn run(&mut self) {
        while !self.rest().is_empty() {
            if self.continuation() {
                continue;
            }
            let from = self.at;
            let Some(c) = self.next() else { break };
            match c {
                '\n' | ';' | '|' | '&' => {
                    self.end_command();
                    self.continued = false;
                }
                ' ' | '\t' | '\r' | '\u{a0}' => self.end_word(),
                '#' if self.word.is_none() => self.comment(from),
                '\'' => self.single(from),
                '"' => self.double(from),
                '$' => self.dollar(from),
                '`' => self.backticks(from),
                '~' if self.word.is_none() && self.is_home() => {
                    self.ask(from, Question::Variable("HOME".to_owned()), "~");
                }
                '\\' => {
                    let escaped = self.next().map(String::from).unwrap_or_default();
                    self.push(&escaped, from);
                }
                '<' | '>' => self.redirection(),
                c => self.push(c.encode_utf8(&mut [0; 4]), from),
            }
        }
        self.end_command();
    }

    /// Takes the end of a line that goes on in the next: a backslash, or what shells on Windows
    /// have for it. Blanks or a comment behind it are passed over.
    fn continuation(&mut self) -> bool {
        let from = self.at;
        let rest = self.rest();
        let Some(mark) = rest.chars().next().filter(|c| "\\`^".contains(*c)) else {
            return false;
        };
        let line = rest[1..].split('\n').next().unwrap_or_default();
        let behind = line.trim_end_matches('\r');
        let trimmed = behind.trim();
        let is_end = rest.len() > 1 + line.len();
        let comment = mark == '\\' && behind.starts_with([' ', '\t']) && trimmed.starts_with('#');
        let blank =
            trimmed.is_empty() && (is_end || mark == '\\') && (mark == '\\' || self.word.is_none());
        if !comment && !blank {
            return false;
        }
        self.at += 1 + line.len() + usize::from(is_end);
        let word = self.word.is_some();
        if !behind.is_empty() {
            let place = from..from + 1 + behind.len();
            self.note(
                place,
                "a shell ends the line here: nothing may stand behind the backslash",
            );
            self.end_word();
        }
        self.continued = true;
        // a prompt that a terminal shows for further lines
        if !word && self.rest().starts_with("> ") {
            self.at += 2;
        }
        true
    }

    /// A comment. Between two continued lines it would end the command.
    fn comment(&mut self, from: usize) {
        let length = self.rest().find('\n').unwrap_or(self.rest().len());
        let alone = self.text[..from]
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .trim()
            .is_empty();
        let prompt = self.text[from..from + 1 + length].strip_prefix("# ");
        if alone && self.command.is_empty() && prompt.is_some_and(is_run) {
            // no comment, but what root's shell shows before a command
            return;
        }
        self.at += length;
        if self.continued && alone && !self.rest().is_empty() {
            self.at += 1;
            let place = from..from + 1 + length;
            self.note(
                place,
                "a shell ends the command at a comment between its lines",
            );
        }
    }

    /// Whether a tilde is alone, or before a slash or a colon.
    fn is_home(&self) -> bool {
        let next = self.rest().chars().next();
        next.is_none_or(|c| matches!(c, '/' | ':') || c.is_whitespace())
    }

    fn single(&mut self, from: usize) {
        match self.rest().find('\'') {
            Some(end) => {
                let inside = self.rest()[..end].to_owned();
                self.at += end + 1;
                self.push(&inside, from);
            }
            None => self.unclosed(from),
        }
    }

    fn unclosed(&mut self, from: usize) {
        self.fault(from..from + 1, "this quote is not closed");
        let rest = self.rest().to_owned();
        self.at = self.text.len();
        self.push(&rest, from);
    }

    fn double(&mut self, from: usize) {
        self.push("", from);
        loop {
            let at = self.at;
            match self.next() {
                None => {
                    self.fault(from..from + 1, "this quote is not closed");
                    return;
                }
                Some('"') => {
                    self.push("", from);
                    return;
                }
                Some('\\') => match self.next() {
                    Some('\n') | None => {}
                    Some(c @ ('"' | '\\' | '$' | '`')) => self.push(&c.to_string(), from),
                    Some(c) => self.push(&format!("\\{c}"), from),
                },
                Some('$') => self.dollar(at),
                Some('`') => self.backticks(at),
                Some(c) => self.push(c.encode_utf8(&mut [0; 4]), from),
            }
        }
    }

    /// What follows a dollar sign.
    fn dollar(&mut self, from: usize) {
        if self.take("(") {
            let Some(length) = closing(self.rest()) else {
                return self.push("$(", from);
            };
            let inside = self.rest()[..length].trim().to_owned();
            self.at += length + 1;
            let question = match inside.as_str() {
                "pwd" => Question::Variable("PWD".to_owned()),
                _ => Question::Output(inside),
            };
            return self.ask(from, question, &self.text[from..self.at]);
        }
        if self.take("{") {
            let Some(length) = self.rest().find('}') else {
                return self.push("${", from);
            };
            let inside = self.rest()[..length].to_owned();
            self.at += length + 1;
            let end = inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let (name, rest) = inside.split_at(end.unwrap_or(inside.len()));
            let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'));
            let question = match rest.is_empty() || default.is_some() {
                true => Question::Variable(name.to_owned()),
                false => Question::Output(format!("echo ${{{inside}}}")),
            };
            return match ((self.answers)(&question), default) {
                (None, Some(default)) => self.push(default, from),
                (Some(answer), Some(default)) if answer.is_empty() => self.push(default, from),
                _ => self.ask(from, question, &self.text[from..self.at]),
            };
        }
        if self.take("'") {
            return self.escapes(from);
        }
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = rest[..end.unwrap_or(rest.len())].to_owned();
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return self.push("$", from);
        }
        self.at += name.len();
        self.ask(from, Question::Variable(name), &self.text[from..self.at]);
    }

    /// `$'…'`: a quote with the escapes of C.
    fn escapes(&mut self, from: usize) {
        self.push("", from);
        loop {
            match self.next() {
                None => return self.fault(from..from + 2, "this quote is not closed"),
                Some('\'') => return self.push("", from),
                Some('\\') => {
                    let escaped = match self.next() {
                        Some('n') => "\n".to_owned(),
                        Some('t') => "\t".to_owned(),
                        Some('r') => "\r".to_owned(),
                        Some(c @ ('\\' | '\'' | '"')) => c.to_string(),
                        Some('x') => self.number('x', 2),
                        Some('u') => self.number('u', 4),
                        Some('U') => self.number('U', 8),
                        Some(c) => format!("\\{c}"),
                        None => String::new(),
                    };
                    self.push(&escaped, from);
                }
                Some(c) => self.push(c.encode_utf8(&mut [0; 4]), from),
            }
        }
    }

    /// The character of a number of so many hexadecimal digits at most.
    fn number(&mut self, letter: char, most: usize) -> String {
        let digits = self.rest().chars().take(most);
        let digits: String = digits.take_while(char::is_ascii_hexdigit).collect();
        self.at += digits.len();
        let number = u32::from_str_radix(&digits, 16).ok();
        match number.and_then(char::from_u32) {
            Some(c) => c.to_string(),
            None => format!("\\{letter}{digits}"),
        }
    }

    fn backticks(&mut self, from: usize) {
        let Some(length) = self.rest().find('`') else {
            return self.unclosed(from);
        };
        let inside = self.rest()[..length].trim().to_owned();
        self.at += length + 1;
        let question = match inside.as_str() {
            "pwd" => Question::Variable("PWD".to_owned()),
            _ => Question::Output(inside),
        };
        self.ask(from, question, &self.text[from..self.at]);
    }

    fn ask(&mut self, from: usize, question: Question, written: &str) {
        let answer = (self.answers)(&question);
        self.push(answer.as_deref().unwrap_or(written), from);
        self.out.asked.push(Asked {
            place: from..self.at,
            question,
            answer,
        });
    }

    /// `> file`, `2>&1`, `< file`: the operator goes, and so does the word behind it.
    fn redirection(&mut self) {
        let is_number = |word: &Word| word.text.chars().all(|c| c.is_ascii_digit());
        if self.word.as_ref().is_some_and(is_number) {
            self.word = None;
        }
        self.end_word();
        while self.rest().starts_with(['<', '>', '&', '|']) {
            self.at += 1;
        }
        self.dropped = true;
    }
}

/// Whether what follows a `# ` is a command and no comment.
fn is_run(text: &str) -> bool {
    let mut words = text.split_whitespace().skip_while(|word| *word == "sudo");
    matches!(words.next(), Some("docker" | "podman" | "nerdctl"))
        && matches!(words.next(), Some("run" | "create" | "container"))
}

/// Where the parenthesis closes that stands before a text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// A word as a shell takes it. What could act upon a terminal is written as an escape.
pub fn quoted(word: &str) -> String {
    if !word.chars().all(is_harmless) {
        let escaped = word.chars().map(|c| match c {
            '\n' => r"\n".to_owned(),
            '\t' => r"\t".to_owned(),
            '\r' => r"\r".to_owned(),
            '\\' | '\'' => format!("\\{c}"),
            c if is_harmless(c) => c.to_string(),
            c if c.is_ascii() => format!("\\x{:02x}", c as u32),
            c => format!("\\U{:08x}", c as u32),
        });
        return format!("$'{}'", escaped.collect::<String>());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-/:=,@+%".contains(c);
    if !word.is_empty() && !word.starts_with('=') && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_shell_reads_is_refused_where_it_would_need_one() {
        let words = |text| alone(text).map(|words| words.join("|"));
        assert_eq!(
            words("sh -c 'echo $A; b'").as_deref(),
            Ok("sh|-c|echo $A; b")
        );
        assert_eq!(
            words("python -c \"print('a b')\"").as_deref(),
            Ok("python|-c|print('a b')")
        );
        assert_eq!(words("").as_deref(), Ok(""));
        for wrong in [
            "echo $HOME",
            "ls ~",
            "a | b",
            "a; b",
            "a > f",
            "a # b",
            "a 'b",
            "`date`",
        ] {
            assert!(alone(wrong).is_err(), "{wrong}");
        }
        // what helps is not what is there already
        let advice = alone("sh -c \"echo $A\"").unwrap_err();
        assert!(
            advice.contains("single quotes") && !advice.contains("behind"),
            "{advice}"
        );
        assert!(alone("echo $A").unwrap_err().contains("behind sh -c"));
    }

    fn texts(text: &str) -> Vec<Vec<String>> {
        let answers = |question: &Question| match question {
            Question::Variable(name) => match name.as_str() {
                "PWD" => Some("/here".to_owned()),
                "HOME" => Some("/root".to_owned()),
                _ => None,
            },
            Question::Output(_) => None,
        };
        let words = split(text, &answers);
        assert!(words.faults.is_empty(), "{:?}", words.faults);
        let commands = words.commands.into_iter();
        commands
            .map(|words| words.into_iter().map(|word| word.text).collect())
            .collect()
    }

    #[test]
    fn words_are_those_of_a_shell() {
        let cases: &[(&str, &[&str])] = &[
            (r#"a 'b c' "d e" f\ g"#, &["a", "b c", "d e", "f g"]),
            (r#"a="b c"'d'e"#, &["a=b cde"]),
            (r#"'it'\''s' "say \"hi\" \n""#, &["it's", r#"say "hi" \n"#]),
            ("a \\\n  b\\\nc", &["a", "bc"]),
            ("a \\\r\n  b", &["a", "b"]),
            ("a '' \"\"", &["a", "", ""]),
            ("a # comment\n", &["a"]),
            ("a#b", &["a#b"]),
            (r"$'a\nb'", &["a\nb"]),
            (
                "$(pwd)/x $PWD `pwd` ${PWD}/y ~/z ~ a~",
                &[
                    "/here/x", "/here", "/here", "/here/y", "/root/z", "/root", "a~",
                ],
            ),
            (
                "${X:-y} ${X} '$X' \"$X\" \\$X $1 $",
                &["y", "${X}", "$X", "$X", "$X", "$1", "$"],
            ),
            ("a 2>&1 > /dev/null b", &["a", "b"]),
            ("a `\n b ^\n c", &["a", "b", "c"]),
        ];
        for (text, words) in cases {
            assert_eq!(texts(text), [words.to_vec()], "{text}");
        }
        assert_eq!(
            texts("a; b && c | d\ne"),
            [["a"], ["b"], ["c"], ["d"], ["e"]]
        );
    }

    #[test]
    fn places_are_bytes_of_the_text() {
        let text = "é 'b c' $D";
        let words = split(text, &|_| None);
        let places = words.commands[0]
            .iter()
            .map(|word| &text[word.place.clone()]);
        assert_eq!(places.collect::<Vec<_>>(), ["é", "'b c'", "$D"]);
        assert_eq!(words.asked[0].question, Question::Variable("D".into()));
        assert_eq!(&text[words.asked[0].place.clone()], "$D");
    }

    #[test]
    fn what_a_shell_would_not_forgive_is_noted() {
        for text in ["a \\ \n b", "a \\ # why\n b", "a \\\n # why\n b"] {
            let words = split(text, &|_| None);
            let all = words.commands.concat();
            let all: Vec<_> = all.iter().map(|word| word.text.as_str()).collect();
            assert_eq!((all, words.notes.len()), (vec!["a", "b"], 1), "{text}");
            assert_eq!(words.commands.len(), 1, "{text}");
        }
        assert_eq!(split("a 'b", &|_| None).faults.len(), 1);
        assert_eq!(split("a \"b", &|_| None).faults.len(), 1);
    }

    #[test]
    fn quoting_is_undone_by_cutting() {
        let words = [
            "",
            "a b",
            "it's",
            "$HOME",
            "=x",
            "~",
            "a=b,c",
            "#",
            "\\",
            "é\n",
            "it's\t",
            "\u{1b}]0;\u{7}",
            "\u{202e}\u{9b}2J",
            "\r0",
            "a\\'\n",
        ];
        for word in words {
            assert!(quoted(word).chars().all(is_harmless), "{word:?}");
            assert_eq!(texts(&quoted(word)), [[word]], "{word}");
        }
    }
}
