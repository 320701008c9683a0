//! The table on standard output, as Markdown.

use crate::project::Measured;
use crate::subjects::Subject;

pub(crate) fn print(rows: &[(&Subject, Measured)]) {
    println!(
        "| subject | CPU s | target | linking | peak MiB | target | whole build | elsewhere |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (subject, measured) in rows {
        let used = measured.used;
        let memory = subject.memory.map_or(String::new(), |limit| {
            format!("{limit}{}", mark(used.memory <= limit))
        });
        let whole = measured.whole.map_or(String::new(), |(cpu, crates)| {
            format!("{cpu:.0} s, {crates} compilations")
        });
        let linked = used.linked.map_or(String::new(), |cpu| format!("{cpu:.2}"));
        println!(
            "| {} | {:.2} | {}{} | {linked} | {} | {memory} | {whole} | {} |",
            subject.name,
            used.cpu,
            subject.cpu,
            mark(used.cpu <= subject.cpu),
            used.memory,
            subject.others,
        );
    }
    println!();
}

fn mark(met: bool) -> &'static str {
    if met { " met" } else { " MISSED" }
}
