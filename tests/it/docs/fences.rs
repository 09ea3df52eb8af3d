//! The examples of a page of `docs/`: what stands between fences, and the commands in it with what they print.

use std::path::Path;

/// What stands between two fences.
pub(crate) struct Fence {
    /// The word behind the first fence, such as `console`.
    pub(crate) language: String,
    pub(crate) text: String,
}

/// A command, and the lines that it prints. In these `…` stands for any text.
pub(crate) struct Shown {
    pub(crate) command: String,
    output: Vec<String>,
}

/// The fences of a page, in their order.
pub(crate) fn fences(page: &str) -> Vec<Fence> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(page);
    let text = std::fs::read_to_string(path).expect(page);
    let (mut fences, mut open) = (Vec::new(), None);
    for line in text.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(language), None) => {
                open = Some(Fence {
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(fence)) => fences.push(fence),
            (None, Some(fence)) => {
                let Fence { language, text } = fence;
                let text = text + line.trim_end() + "\n";
                open = Some(Fence { language, text });
            }
            (None, None) => {}
        }
    }
    fences
}

/// The commands of a page's `console` fences.
pub(crate) fn shown(page: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    let fences = fences(page).into_iter();
    for fence in fences.filter(|fence| fence.language == "console") {
        for line in fence.text.lines() {
            match line.strip_prefix("$ ") {
                Some(command) => all.push(Shown {
                    command: command.to_owned(),
                    output: Vec::new(),
                }),
                None => {
                    let shown = all.last_mut().expect("a command goes before its output");
                    shown.output.push(line.to_owned());
                }
            }
        }
    }
    all
}

impl Shown {
    /// Panics unless a text has what the page shows, in its order.
    #[track_caller]
    pub(crate) fn is_in(&self, printed: &str) {
        let mut rest = printed;
        let pieces = self.output.iter().flat_map(|line| line.split('…'));
        for piece in pieces.map(str::trim_end).filter(|piece| !piece.is_empty()) {
            let Some(at) = rest.find(piece) else {
                panic!(
                    "the page shows `{piece}` of `{}`, which prints:\n{printed}",
                    self.command
                );
            };
            rest = &rest[at + piece.len()..];
        }
    }
}
