use std::io::{Cursor, ErrorKind};
use std::process::Command;

use super::*;
use crate::decode::decode_all;
use crate::delivery::format::Format;
use crate::export::format::samples::{FULL_SCALE_16, FULL_SCALE_24, integer};
use crate::export::format::tests_sound::{
    Pipe, decoded_by_ffmpeg, planes, sample_tags, spec, tags_by_ffprobe, there, written,
};
use proptest::prelude::*;

fn file(hz: u32, planes: &[Vec<f32>], block: usize) -> Vec<u8> {
    let spec = spec(Format::Flac, hz, planes.len(), planes[0].len());
    written(FlacWriter::new(Cursor::new(Vec::new()), &spec, &sample_tags()).unwrap(), planes, block)
}

/// The samples as 24 bits hold them.
fn rounded(planes: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let round = |sample: &f32| integer(*sample, FULL_SCALE_24) as f32 / FULL_SCALE_24;
    planes.iter().map(|plane| plane.iter().map(round).collect()).collect()
}

#[test]
fn our_decoder_finds_every_sample_at_every_rate_and_length() {
    for (hz, channels, frames) in [
        (48_000, 2, 20_001),
        (8_000, 1, 1),
        (44_100, 2, 15),
        (96_000, 2, 4_096),
        (192_000, 1, 4_097),
        (12_345, 2, 5),
    ] {
        let planes = planes(channels, frames);
        let decoded = decode_all(Box::new(Cursor::new(file(hz, &planes, 1_000)))).unwrap();
        assert_eq!((decoded.bits, decoded.buffer.rate().hz()), (Some(24), hz));
        for (channel, plane) in rounded(&planes).iter().enumerate() {
            assert!(decoded.buffer.plane(channel) == plane.as_slice(), "{hz} Hz, {frames} frames");
        }
    }
}

/// Sounds that take every way through the encoder, each with its name.
fn extremes() -> Vec<(&'static str, Vec<Vec<f32>>)> {
    const FRAMES: usize = 9_000;
    let whole = |of: &dyn Fn(usize) -> f32| (0..FRAMES).map(of).collect::<Vec<f32>>();
    let highest = 1.0 - 1.0 / FULL_SCALE_24;
    let noise = |seed: u64| {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        })
    };
    let loud = |seed| noise(seed).take(FRAMES).collect::<Vec<f32>>();
    let square = whole(&|frame| if frame / 50 % 2 == 0 { highest } else { -1.0 });
    let opposite = whole(&|frame| if frame / 50 % 2 == 0 { -1.0 } else { highest });
    let every_sample = whole(&|frame| if frame % 2 == 0 { highest } else { -1.0 });
    let ramp = whole(&|frame| frame as f32 / FULL_SCALE_24 * 300.0);
    let curve = whole(&|frame| (frame as f32 / FRAMES as f32).powi(3));
    let of_16_bits = loud(5).iter().map(|sample| (sample * FULL_SCALE_16).floor() / FULL_SCALE_16).collect();
    let square_of_16_bits = whole(&|frame| if frame / 7 % 2 == 0 { 32_767.0 / FULL_SCALE_16 } else { -1.0 });
    let click = whole(&|frame| if frame == 5_000 { highest } else { 0.0 });
    let lowest_bit = whole(&|frame| (frame % 2) as f32 / FULL_SCALE_24);
    let soft = loud(6).iter().map(|sample| sample * 1e-5).collect::<Vec<f32>>();
    let swelling =
        loud(7).iter().enumerate().map(|(at, sample)| sample * (at / 128 % 9) as f32 / 9.0).collect();
    let low = whole(&|frame| (frame as f32 * 0.001).sin());
    let silence = vec![0.0; FRAMES];
    vec![
        ("silence", vec![silence.clone(), silence.clone()]),
        ("a constant", vec![vec![-1.0; FRAMES], vec![highest; FRAMES]]),
        ("full-scale noise", vec![loud(1), loud(2)]),
        ("one noise twice", vec![loud(3), loud(3)]),
        ("noise in one channel", vec![silence.clone(), loud(4)]),
        ("square waves", vec![square.clone(), square.clone()]),
        ("opposite square waves", vec![square, opposite]),
        ("the fastest square wave", vec![every_sample.clone(), every_sample.iter().map(|s| -s).collect()]),
        ("a ramp and a curve", vec![ramp, curve]),
        ("16 bits", vec![of_16_bits, square_of_16_bits]),
        ("a click", vec![click.clone(), silence]),
        ("a lone click", vec![click]),
        ("the lowest bit", vec![lowest_bit.clone(), lowest_bit]),
        ("soft noise", vec![soft]),
        ("swelling noise", vec![swelling, low.clone()]),
        ("a low tone", vec![low]),
        ("three channels", vec![loud(8), loud(9), loud(10)]),
    ]
}

fn lossless(what: &str, planes: &[Vec<f32>]) {
    let decoded = decode_all(Box::new(Cursor::new(file(48_000, planes, 3_001)))).unwrap();
    for (channel, plane) in rounded(planes).iter().enumerate() {
        assert!(decoded.buffer.plane(channel) == plane.as_slice(), "{what}, {} frames", plane.len());
    }
}

#[test]
fn extremes_come_back_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("track.flac");
    let (has_flac, has_ffmpeg) = (there("flac"), there("ffmpeg"));
    for (what, planes) in extremes() {
        lossless(what, &planes);
        let bytes = file(48_000, &planes, 9_000);
        let raw = 3 * planes.len() * planes[0].len();
        assert!(bytes.len() < raw + 6_000, "{what}: {} of {raw} bytes", bytes.len());
        std::fs::write(&path, bytes).unwrap();
        if has_flac {
            tested_by_flac(what, &path);
        }
        if has_ffmpeg {
            let rounded = rounded(&planes);
            let sent: Vec<f32> =
                (0..9_000).flat_map(|frame| rounded.iter().map(move |plane| plane[frame])).collect();
            assert!(decoded_by_ffmpeg(&path) == sent, "{what}");
        }
    }
}

#[test]
fn every_length_around_a_frame_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("track.flac");
    let has_flac = there("flac");
    let lengths =
        (1..40).chain([255, 256, 257, 4_094, 4_095, 4_096, 4_097, 4_100, 4_128, 65_535, 65_536, 65_537]);
    for frames in lengths {
        for (what, planes) in [("tones", planes(2, frames)), ("silence", vec![vec![0.0; frames]])] {
            lossless(what, &planes);
            if has_flac {
                std::fs::write(&path, file(44_100, &planes, 2_000)).unwrap();
                tested_by_flac(&format!("{what}, {frames} frames"), &path);
            }
        }
    }
}

fn tested_by_flac(what: &str, path: &std::path::Path) {
    let flac = Command::new("flac").args(["--test", "--warnings-as-errors", "--silent"]).arg(path).output();
    let tested = flac.unwrap();
    assert!(tested.status.success(), "{what}: {}", String::from_utf8_lossy(&tested.stderr));
}

#[test]
fn it_is_as_small_as_flac_makes_it() {
    if !there("flac") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (wav, flac) = (folder.path().join("track.wav"), folder.path().join("track.flac"));
    // A bed under a voice that comes and goes.
    let pink = crate::synth::pink::Pink::new(crate::unit::SampleRate::DEFAULT, 5, 0.6);
    let noise = crate::synth::generator::check::made(&pink, 3);
    let voice = planes(2, noise[0].len());
    let mixed = |channel: usize| {
        let both = noise[channel].iter().zip(&voice[channel]).enumerate();
        both.map(|(at, (noise, voice))| 0.05 * noise + if at / 40_000 % 2 == 0 { 0.2 * voice } else { 0.0 })
    };
    let planes: Vec<Vec<f32>> = (0..2).map(|channel| mixed(channel).collect()).collect();
    let header = hound::WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&wav, header).unwrap();
    for (left, right) in planes[0].iter().zip(&planes[1]) {
        writer.write_sample(integer(*left, FULL_SCALE_24)).unwrap();
        writer.write_sample(integer(*right, FULL_SCALE_24)).unwrap();
    }
    writer.finalize().unwrap();
    let level = ["-5", "--silent", "--no-padding", "--no-seektable", "-o"];
    assert!(Command::new("flac").args(level).arg(&flac).arg(&wav).status().unwrap().success());
    let spec = spec(Format::Flac, 48_000, 2, planes[0].len());
    let pipe = Pipe { bytes: Vec::new(), room: usize::MAX };
    let mut ours = Box::new(FlacWriter::new(pipe, &spec, &sample_tags()).unwrap());
    ours.write(&[&planes[0], &planes[1]]).unwrap();
    let (ours, theirs) = (ours.finish().unwrap().bytes.len(), std::fs::metadata(&flac).unwrap().len());
    assert!(ours as f64 <= 1.005 * theirs as f64, "{ours} bytes, and {theirs} by flac");
}

#[test]
fn a_frame_depends_on_no_other() {
    let mut used = FrameCoder::default();
    for (number, (what, planes)) in extremes().iter().enumerate() {
        let planes: Vec<Vec<i32>> = planes
            .iter()
            .map(|plane| plane[..BLOCK].iter().map(|sample| integer(*sample, FULL_SCALE_24)).collect())
            .collect();
        let planes: Vec<&[i32]> = planes.iter().map(Vec::as_slice).collect();
        let mut fresh = FrameCoder::default();
        for coder in [&mut used, &mut fresh] {
            coder.frame(&planes, number as u64, 48_000, BITS, &prediction::window(BLOCK));
        }
        assert!(used.coded() == fresh.coded(), "{what}");
    }
}

#[test]
fn a_number_is_coded_as_characters_are() {
    let coded = |number: u64| {
        let mut bits = bits::BitWriter::default();
        bits.reserve(64);
        frame::put_coded_number(number, &mut bits);
        bits.written().to_vec()
    };
    for character in (0..=0x0010_FFFF).step_by(7).chain([0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x1_0000]) {
        if let Some(character) = char::from_u32(character) {
            assert_eq!(coded(u64::from(character)), character.to_string().as_bytes());
        }
    }
    assert_eq!(coded((1 << 26) - 1), [0xFB, 0xBF, 0xBF, 0xBF, 0xBF]);
    assert_eq!(coded(1 << 26), [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80]);
    assert_eq!(coded((1 << 36) - 1), [0xFE, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF]);
}

#[test]
fn the_seek_table_leads_to_frames() {
    let planes = planes(1, 700_000);
    let bytes = file(8_000, &planes, 50_000);
    let table: SeekTable = flac_codec::metadata::read_block(Cursor::new(&bytes)).unwrap().unwrap();
    let mut header = flac_codec::metadata::BlockList::read(Cursor::new(&bytes)).unwrap();
    assert_eq!((table.points.len(), header.streaminfo().total_samples.unwrap().get()), (9, 700_000));
    let mut first = Vec::new();
    write_blocks(&mut first, header.blocks()).unwrap();
    for (index, point) in table.points.iter().enumerate() {
        let SeekPoint::Defined { sample_offset, byte_offset, .. } = point else { panic!("{point:?}") };
        assert_eq!(sample_offset / 4_096, index as u64 * 80_000 / 4_096);
        let frame = &bytes[first.len() + *byte_offset as usize..];
        let number = char::from_u32((sample_offset / 4_096) as u32).unwrap().to_string();
        assert!(frame.starts_with(&[0xFF, 0xF8]) && frame[4..].starts_with(number.as_bytes()), "{index}");
    }
    let sizes = header.streaminfo_mut();
    assert!(sizes.minimum_frame_size.unwrap() < sizes.maximum_frame_size.unwrap());
}

#[test]
fn the_reference_decoder_is_content() {
    if !there("flac") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("track.flac");
    std::fs::write(&path, file(48_000, &planes(2, 100_001), 3_000)).unwrap();
    tested_by_flac("tones", &path);
}

#[test]
fn ffmpeg_finds_the_samples_and_the_tags() {
    if !there("ffmpeg") || !there("ffprobe") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("track.flac");
    let planes = planes(2, 30_001);
    std::fs::write(&path, file(44_100, &planes, 3_000)).unwrap();
    let rounded = rounded(&planes);
    let sent: Vec<f32> = (0..30_001).flat_map(|frame| [rounded[0][frame], rounded[1][frame]]).collect();
    assert!(decoded_by_ffmpeg(&path) == sent);
    let tags = tags_by_ffprobe(&path);
    for tag in [
        "title=De veilige plek · 安全な場所 🌿",
        "artist=Anna de Vriès",
        "album=Een zachte adem",
        "track=2",
        "language=nl",
        "comment=voice: synthetic (a test)",
    ] {
        assert!(tags.iter().any(|found| found == tag), "{tag} in {tags:?}");
    }
}

#[test]
fn a_pipe_gets_the_same_sound_with_its_length() {
    let planes = planes(2, 50_001);
    let spec = spec(Format::Flac, 48_000, 2, 50_001);
    let pipe = Pipe { bytes: Vec::new(), room: usize::MAX };
    let mut writer = Box::new(FlacWriter::new(pipe, &spec, &sample_tags()).unwrap());
    writer.write(&[&planes[0], &planes[1]]).unwrap();
    let bytes = writer.finish().unwrap().bytes;
    let mut decoder = crate::decode::Decoder::open(Box::new(Cursor::new(bytes.clone()))).unwrap();
    assert_eq!(decoder.declared_frames(), Some(spec.frames));
    assert!(decoder.next_block(&mut Vec::new()).unwrap());
    let decoded = decode_all(Box::new(Cursor::new(bytes))).unwrap();
    assert!(decoded.buffer.plane(1) == rounded(&planes)[1].as_slice());
}

#[test]
fn a_full_disk_is_an_error_wherever_it_comes() {
    let planes = planes(2, 50_000);
    let spec = spec(Format::Flac, 48_000, 2, 50_000);
    let whole = file(48_000, &planes, 50_000).len();
    for room in [0, 10, 1_000, whole / 2, whole - 6_000] {
        let written =
            FlacWriter::new(Pipe { bytes: Vec::new(), room }, &spec, &sample_tags()).and_then(|writer| {
                let mut writer = Box::new(writer);
                writer.write(&[&planes[0], &planes[1]])?;
                writer.finish()
            });
        assert_eq!(written.err().map(|error| error.kind()), Some(ErrorKind::StorageFull), "room for {room}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn the_cut_into_blocks_changes_no_byte(block in 1usize..9_000) {
        let planes = planes(2, 20_000);
        prop_assert!(file(48_000, &planes, block) == file(48_000, &planes, 20_000));
    }
}

/// Sounds of stretches, each of some kind, loudness and number of bits.
fn sounds() -> impl Strategy<Value = Vec<Vec<f32>>> {
    let stretch = (0u8..5, 0u32..24, 0u32..24, 1usize..900, any::<u32>());
    let plane = prop::collection::vec(stretch, 1..12).prop_map(|stretches| {
        let mut plane = Vec::new();
        for (kind, softer, fewer, length, seed) in stretches {
            let mut state = u64::from(seed) | 1;
            for at in 0..length {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let noise = (state >> 40) as i32 - (1 << 23);
                let sample = match kind {
                    0 => 0,
                    1 => noise,
                    2 if at / 9 % 2 == 0 => i32::MAX >> 8,
                    2 => i32::MIN >> 8,
                    3 => (((at as f32 + seed as f32) * 0.03).sin() * 8_388_607.0) as i32,
                    _ => at as i32 * (seed % 9_000) as i32,
                };
                plane.push((sample >> softer >> fewer << fewer) as f32 / FULL_SCALE_24);
            }
        }
        plane
    });
    (1usize..3, plane.clone(), plane).prop_map(|(channels, mut left, mut right)| {
        let frames = left.len().min(right.len());
        left.truncate(frames);
        right.truncate(frames);
        [left, right].into_iter().take(channels).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_sound_comes_back_to_the_bit(planes in sounds()) {
        lossless("a random sound", &planes);
    }
}
