//! The JSON texts that are decoded.

use std::path::Path;

use crate::model::{Kind, Model, PAGE_ITEM, STATUSES, Struct, VARIANTS};

/// How large the page is, in bytes; the last item may go a little beyond.
const PAGE_BYTES: usize = 50_000;

/// Writes the page, a text for each of the first ten structs, and texts that are to be refused.
/// Returns the size of the page in bytes.
pub(crate) fn write(model: &Model, folder: &Path) -> Result<usize, String> {
    let mut documents = Documents {
        model,
        turn: 0,
        out: String::new(),
    };
    let write = |name: &str, text: &str| {
        let path = folder.join(format!("{name}.json"));
        std::fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for plain in model.structs.iter().take(10) {
        write(&plain.reader, &documents.text(plain))?;
    }
    if let Some(plain) = model.structs.get(PAGE_ITEM) {
        let whole = documents.text(plain);
        write("missing", &whole.replacen("\"id\":", "\"no_id\":", 1))?;
        write(
            "kind",
            &whole.replacen("\"amount\":", "\"amount\":[],\"x\":", 1),
        )?;
        write("cut", whole.get(..whole.len() - 1).unwrap_or_default())?;
        write("more", &format!("{whole}]"))?;
    }
    let page = documents.page();
    write("read_page", &page)?;
    Ok(page.len())
}

struct Documents<'m> {
    model: &'m Model,
    /// Counts what was written, so that values vary and yet are the same in every run.
    turn: usize,
    out: String,
}

impl Documents<'_> {
    fn text(&mut self, plain: &Struct) -> String {
        self.object(plain, "");
        std::mem::take(&mut self.out)
    }

    fn page(&mut self) -> String {
        let mut count = 0;
        self.out.push_str("{\"items\":[");
        while let Some(item) = self.model.structs.get(PAGE_ITEM)
            && self.out.len() < PAGE_BYTES
        {
            if count > 0 {
                self.out.push(',');
            }
            self.object(item, "");
            count += 1;
        }
        self.out.push_str(&format!("],\"total_count\":{count}}}"));
        std::mem::take(&mut self.out)
    }

    /// Keys come in the order in which the struct declares them, as servers send them; now and
    /// then there is a key that the struct does not know.
    fn object(&mut self, plain: &Struct, first: &str) {
        self.out.push('{');
        self.out.push_str(first);
        for field in &plain.fields {
            self.turn += 1;
            let chance = self.chance();
            if field.kind.is_optional() && chance.is_multiple_of(3) {
                continue;
            }
            self.comma();
            self.out.push_str(&format!("\"{}\":", field.name));
            if field.kind.is_optional() && chance.is_multiple_of(5) {
                self.out.push_str("null");
            } else {
                self.value(field.kind);
            }
        }
        if self.chance().is_multiple_of(2) {
            self.out.push_str(",\"object\":{\"not\":[\"known\",1]}");
        }
        self.out.push('}');
    }

    /// A number without a pattern that fields could share.
    fn chance(&self) -> usize {
        self.turn.wrapping_mul(2_654_435_761) >> 13
    }

    fn comma(&mut self) {
        if !self.out.ends_with('{') {
            self.out.push(',');
        }
    }

    fn value(&mut self, kind: Kind) {
        let (turn, chance) = (self.turn, self.chance());
        match kind {
            Kind::Text if chance.is_multiple_of(11) => {
                self.out.push_str("\"Caf\u{e9} \\\"Z\\u00fcrich\\\"\"");
            }
            Kind::Text | Kind::OptionalText => {
                let text = format!("\"b1f0a6d2-5c0e-4a7e-9a53-{turn:012}\"");
                self.out.push_str(&text);
            }
            Kind::Integer | Kind::OptionalInteger => {
                self.out.push_str(&(chance % 100_000).to_string());
            }
            Kind::Flag | Kind::OptionalFlag => {
                let flag = if chance.is_multiple_of(2) {
                    "true"
                } else {
                    "false"
                };
                self.out.push_str(flag);
            }
            Kind::Texts => self.out.push_str("[\"annual\",\"europe\"]"),
            Kind::Status(_) => {
                let known = STATUSES.get(chance % (STATUSES.len() + 1));
                let text = known.map_or("on_hold", |(text, _)| text);
                self.out.push_str(&format!("\"{text}\""));
            }
            Kind::Inner(number) | Kind::OptionalInner(number) => self.inner(number, ""),
            Kind::Inners(number) => {
                self.out.push('[');
                self.inner(number, "");
                self.out.push(',');
                self.inner(number, "");
                self.out.push(']');
            }
            Kind::Choice(union) => {
                let variant = chance % (VARIANTS.len() + 1);
                match VARIANTS.get(variant) {
                    Some((tag, _)) => {
                        let tag = format!("\"type\":\"{tag}\"");
                        self.inner(Model::variant(union, variant), &tag);
                    }
                    None => self
                        .out
                        .push_str("{\"type\":\"barter\",\"goods\":[3,null]}"),
                }
            }
        }
    }

    fn inner(&mut self, number: usize, first: &str) {
        let model = self.model;
        if let Some(plain) = model.structs.get(number) {
            self.object(plain, first);
        }
    }
}
