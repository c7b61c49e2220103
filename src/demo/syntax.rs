//! The grammar of the small shell that plays containers: scripts into steps.
//!
//! Must refuse what it does not know: a script is played whole or not at all.

/// One thing a script does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    /// Assignments, a program with its arguments, and where its output goes.
    Run {
        sets: Vec<(String, Word)>,
        words: Vec<Word>,
        redirects: Vec<Redirect>,
    },
    /// Each one's output is the next one's input.
    Pipe(Vec<Step>),
    /// The second runs when the first ended with `0`, or, for `||`, with anything else.
    Then {
        first: Box<Step>,
        unless: bool,
        second: Box<Step>,
    },
    /// Repeats while (or until) the test ends with `0`.
    While {
        test: Vec<Step>,
        until: bool,
        body: Vec<Step>,
    },
    /// Repeats for each of the words.
    For {
        name: String,
        words: Vec<Word>,
        body: Vec<Step>,
    },
    /// The first branch whose test ends with `0`, else the last one.
    If {
        branches: Vec<(Vec<Step>, Vec<Step>)>,
        otherwise: Vec<Step>,
    },
}

/// Where a stream goes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Redirect {
    /// 0 for standard output, 1 for standard error.
    pub(super) stream: usize,
    pub(super) to: Target,
}

/// The end of a redirection.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    /// Where that stream goes.
    Stream(usize),
    File(Word),
}

/// Pieces that stand together.
pub(super) type Word = Vec<Piece>;

/// A piece of a word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Text(String),
    /// Something to be filled in; without quotes it falls apart at blanks.
    Value {
        of: Value,
        quoted: bool,
    },
}

/// What is filled in.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// `$i`
    Name(String),
    /// `$((i + 1))`
    Sum(String),
    /// `$(seq 3)`
    Output(Vec<Step>),
}

/// Reads a script; nothing when it has anything that is not played.
pub(super) fn parse(script: &str) -> Option<Vec<Step>> {
    let mut reader = Reader {
        text: script.chars().collect(),
        at: 0,
    };
    let steps = reader.list(&[])?;
    (reader.at == reader.text.len()).then_some(steps)
}

/// Words taken as they are, as a command without a shell has them.
pub(super) fn literal(words: &[String]) -> Step {
    Step::Run {
        sets: Vec::new(),
        words: words
            .iter()
            .map(|word| vec![Piece::Text(word.clone())])
            .collect(),
        redirects: Vec::new(),
    }
}

/// A place in a script.
struct Reader {
    text: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn looks_at(&self, text: &str) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        text.chars().count() <= rest.len() && text.chars().zip(rest).all(|(a, b)| a == *b)
    }

    /// Passes over a text if it comes next.
    fn eat(&mut self, text: &str) -> bool {
        let found = self.looks_at(text);
        if found {
            self.at += text.chars().count();
        }
        found
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t')) {
            self.at += 1;
        }
    }

    /// Passes over blanks, line feeds and semicolons.
    fn pause(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | ';')) {
            self.at += 1;
        }
    }

    /// The bare word that comes next.
    fn ahead(&self) -> String {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.iter()
            .take_while(|letter| !" \t\n;|&()<>".contains(**letter))
            .collect()
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = self.ahead() == word;
        if found {
            self.at += word.len();
        }
        found
    }

    /// Steps up to one of these keywords, or the end.
    fn list(&mut self, ends: &[&str]) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            self.pause();
            let over = matches!(self.peek(), None | Some(')'));
            if over || ends.contains(&self.ahead().as_str()) {
                return Some(steps);
            }
            steps.push(self.chain()?);
        }
    }

    fn chain(&mut self) -> Option<Step> {
        let mut first = self.pipe()?;
        loop {
            self.blanks();
            let unless = if self.eat("&&") {
                false
            } else if self.eat("||") {
                true
            } else {
                return Some(first);
            };
            let second = Box::new(self.pipe()?);
            first = Step::Then {
                first: Box::new(first),
                unless,
                second,
            };
        }
    }

    fn pipe(&mut self) -> Option<Step> {
        let mut all = vec![self.command()?];
        loop {
            self.blanks();
            if self.looks_at("||") || !self.eat("|") {
                break;
            }
            all.push(self.command()?);
        }
        if all.len() > 1 {
            return Some(Step::Pipe(all));
        }
        all.pop()
    }

    fn command(&mut self) -> Option<Step> {
        self.blanks();
        let ahead = self.ahead();
        match ahead.as_str() {
            "while" | "until" => {
                self.at += ahead.len();
                let test = self.list(&["do"])?;
                let body = self.body()?;
                let until = ahead == "until";
                Some(Step::While { test, until, body })
            }
            "for" => self.each(),
            "if" => self.choice(),
            "case" | "function" | "{" | "!" | "do" | "done" | "then" | "fi" | "else" => None,
            _ => self.simple(),
        }
    }

    fn body(&mut self) -> Option<Vec<Step>> {
        self.keyword("do").then_some(())?;
        let body = self.list(&["done"])?;
        self.keyword("done").then_some(body)
    }

    fn each(&mut self) -> Option<Step> {
        self.keyword("for");
        self.blanks();
        let name = self.name()?;
        self.blanks();
        self.keyword("in").then_some(())?;
        let mut words = Vec::new();
        loop {
            self.blanks();
            match self.word()? {
                word if word.is_empty() => break,
                word => words.push(word),
            }
        }
        self.pause();
        let body = self.body()?;
        Some(Step::For { name, words, body })
    }

    fn choice(&mut self) -> Option<Step> {
        self.keyword("if");
        let (mut branches, mut otherwise) = (Vec::new(), Vec::new());
        loop {
            let test = self.list(&["then"])?;
            self.keyword("then").then_some(())?;
            branches.push((test, self.list(&["elif", "else", "fi"])?));
            if self.keyword("elif") {
                continue;
            }
            if self.keyword("else") {
                otherwise = self.list(&["fi"])?;
            }
            self.keyword("fi").then_some(())?;
            return Some(Step::If {
                branches,
                otherwise,
            });
        }
    }

    fn simple(&mut self) -> Option<Step> {
        let (mut sets, mut words, mut redirects) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                redirects.push(redirect);
                continue;
            }
            if words.is_empty()
                && let Some(name) = self.assigned()
            {
                sets.push((name, self.word()?));
                continue;
            }
            match self.word()? {
                word if word.is_empty() => break,
                word => words.push(word),
            }
        }
        let alone = self.peek() != Some('&') || self.looks_at("&&");
        let empty = sets.is_empty() && words.is_empty();
        (alone && !empty).then_some(Step::Run {
            sets,
            words,
            redirects,
        })
    }

    /// The name in front of a `=`, passed over.
    fn assigned(&mut self) -> Option<String> {
        let from = self.at;
        let name = self.name();
        if name.is_some() && self.eat("=") {
            return name;
        }
        self.at = from;
        None
    }

    fn name(&mut self) -> Option<String> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let name: String = rest
            .iter()
            .take_while(|letter| letter.is_ascii_alphanumeric() || **letter == '_')
            .collect();
        let good = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
        self.at += name.len();
        good.then_some(name)
    }

    /// A redirection if one comes next; nothing at all when it is none that is played.
    #[expect(
        clippy::option_option,
        reason = "no redirection, and none that is known"
    )]
    fn redirect(&mut self) -> Option<Option<Redirect>> {
        let stream = if self.eat("2>") {
            1
        } else if self.eat("1>") || self.eat(">") {
            0
        } else {
            return (self.peek() != Some('<')).then_some(None);
        };
        self.eat(">");
        let to = if self.eat("&") {
            let to = ["1", "2"].iter().position(|number| self.eat(number))?;
            Target::Stream(to)
        } else {
            self.blanks();
            Target::File(self.word().filter(|word| !word.is_empty())?)
        };
        Some(Some(Redirect { stream, to }))
    }

    /// The next word; an empty one where none comes.
    fn word(&mut self) -> Option<Word> {
        let mut word = Vec::new();
        while let Some(letter) = self.peek() {
            match letter {
                ' ' | '\t' | '\n' | ';' | '|' | '&' | ')' | '<' | '>' => break,
                '(' | '`' => return None,
                '\'' => {
                    self.at += 1;
                    word.push(Piece::Text(self.until('\'')?));
                }
                '"' => {
                    self.at += 1;
                    self.quoted(&mut word)?;
                }
                '$' => word.push(self.value(false)?),
                '\\' => {
                    self.at += 1;
                    push(&mut word, self.peek()?);
                    self.at += 1;
                }
                _ => {
                    push(&mut word, letter);
                    self.at += 1;
                }
            }
        }
        Some(word)
    }

    fn until(&mut self, end: char) -> Option<String> {
        let rest = self.text.get(self.at..)?;
        let length = rest.iter().position(|letter| *letter == end)?;
        let text = rest.iter().take(length).collect();
        self.at += length + 1;
        Some(text)
    }

    fn quoted(&mut self, word: &mut Word) -> Option<()> {
        // an empty pair of quotes is a word too
        word.push(Piece::Text(String::new()));
        loop {
            match self.peek()? {
                '"' => {
                    self.at += 1;
                    return Some(());
                }
                '$' => word.push(self.value(true)?),
                '`' => return None,
                '\\' if matches!(self.text.get(self.at + 1), Some('$' | '"' | '\\')) => {
                    push(word, *self.text.get(self.at + 1)?);
                    self.at += 2;
                }
                letter => {
                    push(word, letter);
                    self.at += 1;
                }
            }
        }
    }

    /// What a dollar sign begins.
    fn value(&mut self, quoted: bool) -> Option<Piece> {
        self.at += 1;
        let of = if self.eat("((") {
            let rest: String = self.text.get(self.at..)?.iter().collect();
            let sum = rest.split("))").next().filter(|sum| *sum != rest)?;
            self.at += sum.chars().count() + 2;
            Value::Sum(sum.to_owned())
        } else if self.eat("(") {
            let steps = self.list(&[])?;
            self.eat(")").then_some(Value::Output(steps))?
        } else if self.eat("{") {
            let name = self.name()?;
            self.eat("}").then_some(Value::Name(name))?
        } else if self.eat("?") {
            Value::Name("?".to_owned())
        } else {
            Value::Name(self.name()?)
        };
        Some(Piece::Value { of, quoted })
    }
}

fn push(word: &mut Word, letter: char) {
    match word.last_mut() {
        Some(Piece::Text(text)) => text.push(letter),
        _ => word.push(Piece::Text(letter.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_refused() {
        for script in [
            "sleep 1 &",
            "f() { :; }",
            "case x in *) ;; esac",
            "echo `date`",
            "echo 'open",
            "while :; do :",
            "echo $1",
            "cat < /etc/passwd",
            "if true; echo; fi",
            ")",
        ] {
            assert_eq!(parse(script), None, "{script}");
        }
    }

    #[test]
    fn steps_are_read_in_order() {
        assert_eq!(
            parse("a; b\n c && d || e; f | g").map(|all| all.len()),
            Some(4)
        );
        let Some([Step::For { name, words, body }]) =
            parse("for i in $(seq 3) x; do echo \"$i\" >&2; done")
                .as_deref()
                .and_then(|all| <&[Step; 1]>::try_from(all).ok())
                .cloned()
        else {
            panic!("no loop");
        };
        assert_eq!((name.as_str(), words.len(), body.len()), ("i", 2, 1));
    }
}
