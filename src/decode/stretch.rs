//! Stretches of a recording, collected while it is decoded once.

use std::ops::Range;

use super::{DecodeError, Decoder};

/// Passes each of `spans`, in frames, to `take` with its number, a plane per channel, as soon as it is decoded. One that reaches beyond
/// the end is as long as the recording allows, and what lies beyond it is left out.
///
/// # Errors
/// What `failed` makes of an error of the decoder, or what `take` fails with.
pub fn stretches<E>(
    decoder: &mut Decoder,
    spans: &[Range<u64>],
    failed: impl Fn(DecodeError) -> E,
    mut take: impl FnMut(usize, Vec<Vec<f32>>) -> Result<(), E>,
) -> Result<(), E> {
    let channels = decoder.channels();
    let mut waiting: Vec<(usize, Vec<Vec<f32>>)> =
        (0..spans.len()).map(|number| (number, vec![Vec::new(); channels])).collect();
    waiting.sort_by_key(|(number, _)| (spans[*number].start, spans[*number].end));
    let (mut block, mut at) = (Vec::new(), 0u64);
    while !waiting.is_empty() && decoder.next_block(&mut block).map_err(&failed)? {
        let end = at + block[0].len() as u64;
        for (number, planes) in waiting.iter_mut().take_while(|(number, _)| spans[*number].start < end) {
            let (from, to) = (spans[*number].start.max(at), spans[*number].end.min(end));
            if from < to {
                let part = (from - at) as usize..(to - at) as usize;
                planes.iter_mut().zip(&block).for_each(|(own, plane)| own.extend(&plane[part.clone()]));
            }
        }
        at = end;
        let (done, rest) = waiting.into_iter().partition(|(number, _)| spans[*number].end <= end);
        waiting = rest;
        for (number, planes) in done {
            take(number, planes)?;
        }
    }
    for (number, planes) in waiting.into_iter().filter(|(_, planes)| !planes[0].is_empty()) {
        take(number, planes)?;
    }
    Ok(())
}
