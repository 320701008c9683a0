//! Decodes the texts of a folder: to show what came out, or often enough to count what it takes.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

macro_rules! show {
    ($folder:expr, $($reader:ident),*) => {$({
        let body = std::fs::read($folder.join(concat!(stringify!($reader), ".json")))?;
        println!("{:?}", models::$reader(&body).map_err(|error| error.to_string())?);
    })*};
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, folder, times] = arguments.as_slice() else {
        return Err("decode show|repeat|time FOLDER TIMES".into());
    };
    let folder = Path::new(folder);
    let page = std::fs::read(folder.join("read_page.json"))?;
    let times: u32 = times.parse()?;
    match what.as_str() {
        "show" => show(folder),
        "repeat" => repeat(&page, times),
        _ => {
            let mut best = f64::INFINITY;
            for _ in 0..30 {
                let started = Instant::now();
                repeat(&page, times)?;
                best = best.min(started.elapsed().as_nanos() as f64 / f64::from(times));
            }
            println!("{best}");
            Ok(())
        }
    }
}

fn repeat(page: &[u8], times: u32) -> Result<(), Box<dyn Error>> {
    for _ in 0..times {
        drop(black_box(models::read_page(black_box(page))?));
    }
    Ok(())
}

fn show(folder: &Path) -> Result<(), Box<dyn Error>> {
    show!(
        folder, read_0, read_1, read_2, read_3, read_4, read_5, read_6, read_7, read_8, read_9,
        read_page
    );
    for broken in ["missing", "kind", "cut", "more"] {
        let body = std::fs::read(folder.join(format!("{broken}.json")))?;
        println!("{broken}: refused {}", models::read_2(&body).is_err());
    }
    Ok(())
}
