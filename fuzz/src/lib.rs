//! What is done with the bytes of a fuzzer, which must neither panic nor take time or memory without end. tests/corpus.rs
//! does the same with what was found.

use std::io::Cursor;

use adem::decode::{Decoder, panic_is_caught};
use adem::diag::{FileId, Look, Sink, Sources, render_all};
use adem::script::file_kind::FileKind;
use adem::script::po::encoding::{ByteForm, read_bytes};
use adem::script::po::syntax;

/// Decodes a recording to its end.
pub fn decode(bytes: &[u8]) {
    let Ok(mut decoder) = Decoder::open(Box::new(Cursor::new(bytes.to_vec()))) else { return };
    let channels = decoder.channels();
    assert!(channels > 0);
    let mut planes = Vec::new();
    let mut frames = 0;
    while let Ok(true) = decoder.next_block(&mut planes) {
        assert_eq!(planes.len(), channels);
        assert!(planes.iter().all(|plane| plane.len() == planes[0].len()));
        frames += planes[0].len();
        planes.iter_mut().for_each(Vec::clear);
        // Silence can be coded in a few bytes; a phrase has ten minutes at most.
        if frames > 48_000 * 600 {
            break;
        }
    }
    decoder.flaws();
}

/// Reads a TOML file, of the kind that its first byte says, formats it, and shows what is wrong with it.
pub fn script(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let kind = FileKind::ALL[usize::from(*first) % FileKind::ALL.len()];
    let (mut sources, sink) = (Sources::default(), Sink::new());
    let Some(file) = sources.read("file.toml", bytes, &sink) else { return };
    let text = sources.get(file).text.clone();
    kind.examine(file, &text, &sink);
    let found = sink.into_sorted();
    render_all(&found, &sources, Look::Plain);
    if found.is_empty() {
        let tidy = kind.tidy(&text).text;
        let again = kind.tidy(&tidy).text;
        assert_eq!(tidy, again, "what is formatted stays as it is");
    }
}

/// Reads a PO file; one without errors means the same after it was written.
pub fn po(bytes: &[u8]) {
    let (mut sources, sink) = (Sources::default(), Sink::new());
    let Some(file) = read_bytes("file.po", bytes, &mut sources, &sink) else { return };
    let text = sources.get(file).text.clone();
    let read = syntax::read(file, &text, &sink);
    render_all(&sink.into_sorted(), &sources, Look::Plain);
    let Some(mut read) = read else { return };
    let printed = read.print();
    let mut again = syntax::read(FileId(0), &printed, &Sink::new()).expect("what is written is read");
    for file in [&mut read, &mut again] {
        file.messages.iter_mut().for_each(|message| message.span = None);
    }
    assert_eq!(read, again);
    if printed.contains('\n') {
        let form = ByteForm::of(bytes);
        assert_eq!(ByteForm::of(&form.bytes(&printed)), form);
    }
}

/// Keeps the hook of panics, with which the fuzzer ends and a test tells what is wrong, from those of decoders of others: these
/// are caught and become errors.
pub fn quietly() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !panic_is_caught() {
                usual(info);
            }
        }));
    });
}
