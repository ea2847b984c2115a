//! Decoding against files written by others: hound in memory, ffmpeg where it is installed, and the recordings
//! that lie beside the project.

use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::*;
use crate::recordings::recordings;
use crate::unit::{Frames, SampleRate};

const FRAMES: usize = 50_001;

/// A stereo sweep with a quiet hum: every channel different, nothing periodic in a frame of any codec.
fn sweep(frames: usize) -> [Vec<f64>; 2] {
    let tone = |n: usize, from: f64, to: f64| {
        let t = n as f64 / 48_000.0;
        let length = frames as f64 / 48_000.0;
        0.4 * (std::f64::consts::TAU * (from * t + (to - from) * t * t / (2.0 * length))).sin()
    };
    [
        (0..frames).map(|n| tone(n, 200.0, 3_000.0)).collect(),
        (0..frames).map(|n| tone(n, 150.0, 900.0)).collect(),
    ]
}

/// The sweep as a WAV file of so many bits; `float` for 32-bit float.
fn wav(frames: usize, channels: u16, bits: u16, float: bool) -> Vec<u8> {
    let sample_format = if float { hound::SampleFormat::Float } else { hound::SampleFormat::Int };
    let spec = hound::WavSpec { channels, sample_rate: 48_000, bits_per_sample: bits, sample_format };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    let planes = sweep(frames);
    for n in 0..frames {
        for plane in planes.iter().take(usize::from(channels)) {
            if float {
                writer.write_sample(plane[n] as f32).unwrap();
            } else {
                writer.write_sample(quantised(plane[n], bits)).unwrap();
            }
        }
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

fn quantised(sample: f64, bits: u16) -> i32 {
    (sample * 2f64.powi(i32::from(bits) - 1)).round() as i32
}

fn decode(bytes: Vec<u8>) -> Result<Decoded, DecodeError> {
    decode_all(Box::new(Cursor::new(bytes)))
}

/// Runs ffmpeg over some input and returns what it writes; `None` (with a word) where there is no ffmpeg, or
/// it was built without the encoder.
fn ffmpeg(input: &[u8], arguments: &[&str], extension: &str) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("in"), folder.path().join(format!("out.{extension}")));
    std::fs::write(&from, input).unwrap();
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-i"])
        .arg(&from)
        .args(arguments)
        .arg(&to)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match made {
        Ok(status) if status.success() => std::fs::read(to).ok(),
        _ => {
            eprintln!("skipped: no ffmpeg here that makes {extension} with {arguments:?}");
            None
        }
    }
}

/// 10·log₁₀ of signal over difference, in dB.
fn snr(signal: &[f64], heard: &[f32]) -> f64 {
    let power: f64 = signal.iter().map(|x| x * x).sum();
    let noise: f64 = signal.iter().zip(heard).map(|(x, y)| (x - f64::from(*y)).powi(2)).sum();
    10.0 * (power / noise).log10()
}

#[test]
fn every_width_of_wav_comes_back_exactly() {
    for channels in [1, 2] {
        for bits in [8, 16, 24, 32] {
            let decoded = decode(wav(3_001, channels, bits, false)).unwrap();
            assert_eq!(decoded.bits, Some(u32::from(bits)));
            assert_eq!(decoded.buffer.channels(), usize::from(channels));
            for (plane, original) in decoded.buffer.planes().iter().zip(&sweep(3_001)) {
                let scale = 2f64.powi(i32::from(bits) - 1);
                let expected: Vec<f32> =
                    original.iter().map(|x| (f64::from(quantised(*x, bits)) / scale) as f32).collect();
                assert_eq!(*plane, expected, "{bits} bits");
            }
        }
        let decoded = decode(wav(3_001, channels, 32, true)).unwrap();
        let expected: Vec<f32> = sweep(3_001)[0].iter().map(|x| *x as f32).collect();
        assert_eq!(decoded.buffer.plane(0), expected);
        assert_eq!((decoded.bits, decoded.codec), (Some(32), "pcm_f32le"));
    }
}

#[test]
fn lossless_forms_come_back_exactly() {
    for bits in [16, 24] {
        let original = wav(FRAMES, 2, bits, false);
        let expected = decode(original.clone()).unwrap();
        let pcm = if bits == 16 { "pcm_s16be" } else { "pcm_s24be" };
        let depth = if bits == 16 { "s16" } else { "s32" };
        let forms: [(&[&str], &str); 3] = [
            (&["-c:a", "flac", "-sample_fmt", depth], "flac"),
            (&["-c:a", "flac", "-sample_fmt", depth], "oga"),
            (&["-c:a", pcm], "aiff"),
        ];
        for (arguments, extension) in forms {
            let Some(bytes) = ffmpeg(&original, arguments, extension) else { continue };
            let decoded = decode(bytes).unwrap();
            assert_eq!(decoded.buffer, expected.buffer, "{extension} {bits}");
            assert_eq!(decoded.bits, Some(u32::from(bits)), "{extension}");
        }
    }
}

#[test]
fn lossy_forms_keep_their_length_and_their_place() {
    let original = wav(FRAMES, 2, 16, false);
    let forms: [(&[&str], &str, &str); 5] = [
        (&["-c:a", "aac", "-b:a", "128k"], "m4a", "aac"),
        (&["-c:a", "libmp3lame", "-b:a", "128k"], "mp3", "mp3"),
        (&["-c:a", "libmp3lame", "-q:a", "4"], "mp3", "mp3"),
        (&["-c:a", "libvorbis", "-q:a", "5"], "ogg", "vorbis"),
        (&["-c:a", "libopus", "-b:a", "96k"], "opus", "opus"),
    ];
    for (arguments, extension, codec) in forms {
        let Some(bytes) = ffmpeg(&original, arguments, extension) else { continue };
        let decoder = Decoder::open(Box::new(Cursor::new(bytes.clone()))).unwrap();
        assert_eq!(decoder.declared_frames(), Some(Frames(FRAMES as u64)), "{extension}");
        let decoded = decode(bytes).unwrap();
        assert_eq!(decoded.buffer.frames(), Frames(FRAMES as u64), "{extension}");
        assert_eq!((decoded.bits, decoded.codec), (None, codec));
        for (plane, original) in decoded.buffer.planes().iter().zip(&sweep(FRAMES)) {
            let snr = snr(original, plane);
            assert!(snr > 14.0, "{extension}: {snr} dB; a shift of a few frames would ruin this");
        }
    }
}

/// How browsers record: sizes are not known while it is written, and the end is not trimmed.
const AS_BROWSERS: [&str; 4] = ["-f", "webm", "-live", "1"];

#[test]
fn what_browsers_record_is_read() {
    let original = wav(FRAMES, 2, 16, false);
    let opus = ["-c:a", "libopus", "-b:a", "96k"];
    let live = [&opus[..], &AS_BROWSERS].concat();
    for (arguments, exact) in [(&opus[..], true), (&live[..], false)] {
        let Some(bytes) = ffmpeg(&original, arguments, "webm") else { return };
        let decoded = decode(bytes).unwrap();
        let frames = decoded.buffer.frames().0 as usize;
        // The last packet of 20 ms is whole where the file does not tell what of it is played.
        assert!(
            if exact { frames == FRAMES } else { (FRAMES..FRAMES + 2 * 960).contains(&frames) },
            "{frames}"
        );
        assert_eq!((decoded.bits, decoded.codec), (None, "opus"));
        for (plane, original) in decoded.buffer.planes().iter().zip(&sweep(FRAMES)) {
            let snr = snr(original, plane);
            assert!(snr > 14.0, "{snr} dB; a shift of a few frames would ruin this");
        }
    }
    let expected = decode(original.clone()).unwrap();
    for arguments in [["-c:a", "pcm_s16le"], ["-c:a", "flac"]] {
        let Some(bytes) = ffmpeg(&original, &arguments, "mka") else { return };
        assert_eq!(decode(bytes).unwrap().buffer, expected.buffer, "{arguments:?}");
    }
}

/// MP4 in fragments of a fifth of a second, with the list that says what of it is played.
const FRAGMENTS: [&str; 4] = ["-movflags", "empty_moov+delay_moov", "-frag_duration", "200000"];

#[test]
fn mp4_in_fragments_is_read() {
    let original = wav(FRAMES, 2, 16, false);
    let without_list = ["-movflags", "frag_keyframe+empty_moov"];
    let (aac, opus) = (["-c:a", "aac", "-b:a", "128k"], ["-c:a", "libopus", "-b:a", "96k"]);
    // The delay of an AAC encoder is told by the list alone, that of Opus by its header too.
    for (codec, arguments, flags, delay, exact) in [
        ("aac", aac, &FRAGMENTS[..], 0, true),
        ("aac", aac, &without_list, 1_024, false),
        ("opus", opus, &FRAGMENTS, 0, true),
        ("opus", opus, &without_list, 0, false),
        ("opus", opus, &[], 0, true),
    ] {
        let Some(bytes) = ffmpeg(&original, &[&arguments[..], flags].concat(), "mp4") else { return };
        let decoded = decode(bytes).unwrap();
        let frames = decoded.buffer.frames().index();
        let most = if exact { FRAMES } else { FRAMES + delay + 1_024 };
        assert!((FRAMES + delay..=most).contains(&frames), "{codec} {flags:?}: {frames}");
        assert_eq!((decoded.bits, decoded.codec), (None, codec));
        for (plane, original) in decoded.buffer.planes().iter().zip(&sweep(FRAMES)) {
            let snr = snr(original, &plane[delay..]);
            assert!(snr > 14.0, "{codec} {flags:?}: {snr} dB; a shift of a few frames would ruin this");
        }
    }
}

#[test]
fn the_mp4_of_a_browser_is_read_to_its_last_packet() {
    let bytes = include_bytes!("../../tests/corpus/decode/browser.mp4");
    let decoded = decode(bytes.to_vec()).unwrap();
    // Chromium 156: 25 packets of 60 ms, which begin with a delay of 80 ms. It says 21 ms of the last one, which is a guess.
    assert_eq!(decoded.buffer.frames(), Frames(25 * 2_880 - 3_840));
    assert_eq!((decoded.buffer.channels(), decoded.codec), (2, "opus"));
    let loudest = decoded.buffer.plane(0).iter().fold(0f32, |most, sample| most.max(sample.abs()));
    assert!((0.02..1.0).contains(&loudest), "{loudest}");
}

#[test]
fn a_damaged_recording_of_a_browser_is_never_shorter_in_silence() {
    let original = wav(FRAMES, 1, 16, false);
    let fragments = [&["-c:a", "libopus"], &FRAGMENTS[..]].concat();
    for (arguments, extension) in [(&["-c:a", "libopus"][..], "webm"), (&fragments, "mp4")] {
        let Some(bytes) = ffmpeg(&original, arguments, extension) else { return };
        let mut found = 0;
        for place in (400..bytes.len() - 64).step_by(331) {
            let mut damaged = bytes.clone();
            damaged[place..place + 64].fill(0);
            match decode(damaged) {
                Ok(decoded) => {
                    let frames = decoded.buffer.frames().0;
                    assert!(frames >= FRAMES as u64, "{extension} {place}: {frames}");
                }
                Err(_) => found += 1,
            }
        }
        assert!(found > 0);
    }
}

#[test]
fn a_pause_between_packets_keeps_what_follows_in_its_place() {
    let original = wav(2 * FRAMES, 2, 16, false);
    // A second without packets, as a browser may send none of silence.
    let pause = "aselect='not(between(t,0.5,1.5))'";
    let Some(bytes) = ffmpeg(&original, &["-af", pause, "-c:a", "libopus", "-b:a", "96k"], "webm") else {
        return;
    };
    let decoded = decode(bytes).unwrap().buffer;
    let frames = decoded.frames().index();
    assert!(frames.abs_diff(2 * FRAMES) < 960, "{frames}");
    // ffmpeg fills the packet before the pause with what follows it, so that this comes up to 20 ms late or early.
    let (sweep, plane) = (&sweep(2 * FRAMES)[0], &decoded.plane(0)[85_000..95_000]);
    let places = 84_000..86_000;
    let snr = places.map(|at| snr(&sweep[at..at + 10_000], plane)).fold(f64::MIN, f64::max);
    assert!(snr > 14.0, "{snr} dB");
    assert!(
        decoded.plane(0)[30_000..70_000].iter().all(|sample| sample.abs() < 0.05),
        "it is silent between"
    );
}

#[test]
fn mp3_without_a_tag_is_kept_to_its_last_frame() {
    // Loud noise after near silence: the guess from the first frames would be far too short.
    let mut noisy = wav(4 * FRAMES, 2, 16, false);
    let mut state = 1u32;
    for byte in &mut noisy[8 * FRAMES..] {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = (state >> 24) as u8;
    }
    for quality in [&["-q:a", "2"][..], &["-b:a", "96k"]] {
        let arguments =
            [&["-c:a", "libmp3lame", "-write_xing", "0", "-id3v2_version", "0"], quality].concat();
        let Some(bytes) = ffmpeg(&noisy, &arguments, "mp3") else { return };
        let decoder = Decoder::open(Box::new(Cursor::new(bytes.clone()))).unwrap();
        let frames = decode(bytes.clone()).unwrap().buffer.frames();
        assert_eq!(decoder.declared_frames(), Some(frames), "counted, not guessed");
        let theirs = ffmpeg(&bytes, &["-f", "f32le"], "raw").unwrap().len() / 8;
        assert_eq!(frames.0 as usize, theirs);
        // And cut anywhere, it is merely shorter.
        assert!(decode(bytes[..bytes.len() * 2 / 3].to_vec()).unwrap().buffer.frames() < frames);
    }
}

/// The sweep in every form that can be made here, with its name.
fn every_form() -> Vec<(&'static str, Vec<u8>)> {
    let original = wav(FRAMES, 2, 16, false);
    let in_fragments = [&["-c:a", "aac"], &FRAGMENTS[..]].concat();
    let forms: [(&str, &[&str], &str); 9] = [
        ("fragments", &in_fragments, "mp4"),
        ("aac", &["-c:a", "aac", "-movflags", "+faststart"], "m4a"),
        ("flac", &["-c:a", "flac"], "flac"),
        ("ogg flac", &["-c:a", "flac"], "oga"),
        ("mp3", &["-c:a", "libmp3lame"], "mp3"),
        ("vorbis", &["-c:a", "libvorbis"], "ogg"),
        ("opus", &["-c:a", "libopus"], "opus"),
        ("webm", &["-c:a", "libopus"], "webm"),
        ("aiff", &["-c:a", "pcm_s16be"], "aiff"),
    ];
    let mut made = vec![("wav", original.clone())];
    for (name, arguments, extension) in forms {
        made.extend(ffmpeg(&original, arguments, extension).map(|bytes| (name, bytes)));
    }
    made
}

#[test]
fn a_file_that_was_cut_off_says_so() {
    for (name, bytes) in every_form() {
        for share in [50, 75, 97] {
            let error = decode(bytes[..bytes.len() * share / 100].to_vec()).unwrap_err();
            if let DecodeError::Truncated { decoded, expected } = error {
                assert!(decoded.0 < FRAMES as u64, "{name} at {share} %");
                assert!(expected.is_none_or(|expected| decoded < expected), "{name} at {share} %");
            } else {
                // AIFF keeps its header where the cut may hit it; a cut Ogg page no longer fits its sum.
                let may_be_damaged = name != "wav" && name != "mp3";
                let damaged = matches!(error, DecodeError::Damaged { .. });
                assert!(damaged && may_be_damaged, "{name} at {share} %: {error:?}");
            }
        }
    }
}

#[test]
fn a_flac_with_wrong_samples_fails_its_checksum() {
    let Some(mut bytes) = ffmpeg(&wav(FRAMES, 2, 16, false), &["-c:a", "flac"], "flac") else { return };
    // The MD5 of STREAMINFO stands in bytes 26 to 41 of the file.
    bytes[30] ^= 1;
    assert!(matches!(decode(bytes.clone()).unwrap_err(), DecodeError::Damaged { .. }));
    bytes[30] ^= 1;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    assert!(decode(bytes).is_err(), "a flipped byte is heard by nobody else");
}

#[test]
fn chained_ogg_files_are_one_recording() {
    let original = wav(FRAMES, 2, 16, false);
    for (arguments, extension) in
        [(["-c:a", "libvorbis"], "ogg"), (["-c:a", "libopus"], "opus"), (["-c:a", "flac"], "oga")]
    {
        let Some(bytes) = ffmpeg(&original, &arguments, extension) else { continue };
        let other: Vec<&str> = [&arguments[..], &["-serial_offset", "77"]].concat();
        let Some(second) = ffmpeg(&original, &other, extension) else { continue };
        let decoded = decode([bytes, second].concat()).unwrap();
        assert_eq!(decoded.buffer.frames(), Frames(2 * FRAMES as u64), "{extension}");
        let snr = snr(&sweep(FRAMES)[1], &decoded.buffer.plane(1)[FRAMES..]);
        assert!(snr > 14.0, "{extension}: the second link has its own place, {snr} dB");
    }
}

#[test]
fn a_stream_without_a_length_is_taken_as_it_is() {
    let original = wav(FRAMES, 2, 16, false);
    let expected = decode(original.clone()).unwrap();
    let mut piped = original;
    piped[4..8].fill(0xff);
    piped[40..44].fill(0xff);
    let decoder = Decoder::open(Box::new(Cursor::new(piped.clone()))).unwrap();
    assert_eq!(decoder.declared_frames(), None);
    assert_eq!(decode(piped).unwrap().buffer, expected.buffer);
}

#[test]
fn a_value_that_is_no_number_is_found_at_its_frame() {
    let mut bytes = wav(3_000, 2, 32, true);
    let data = bytes.len() - 3_000 * 8;
    bytes[data + 2_000 * 8 + 4..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
    let error = decode(bytes).unwrap_err();
    assert!(matches!(error, DecodeError::NotFinite { at: Frames(2_000) }), "{error:?}");
}

#[test]
fn what_is_no_recording_is_told_what_it_is_and_what_to_do() {
    let says = |bytes: &[u8]| decode(bytes.to_vec()).unwrap_err().to_string();
    assert!(matches!(decode(Vec::new()), Err(DecodeError::Empty)));
    assert!(matches!(decode(wav(0, 1, 16, false)), Err(DecodeError::Empty)));
    assert!(says(b"<html><body>404</body></html>").contains("web page"));
    assert!(says(b"{ \"text\": 1 }").contains("text"));
    assert!(says(&[7; 5_000]).contains("is of no kind that adem knows"));
    assert!(says(b"version https://git-lfs.example/spec/v1\noid 1").contains("git lfs pull"));
    assert!(says(b"RF64\xff\xff\xff\xffWAVEds64").contains("ends inside its header"));
    assert!(says(b"#!AMR\n").contains("convert it to FLAC with ffmpeg"));
    assert!(says(b"\x1aE\xdf\xa3\x01webm").contains("is damaged"));
    assert!(says(b"\0\0\0\x10ftypM4A isom").contains("ends before its index"));
}

#[test]
fn forms_nobody_here_decodes_are_named() {
    let original = wav(FRAMES, 1, 16, false);
    let forms: [(&[&str], &str, &str); 4] = [
        (&["-c:a", "aac"], "aac", "AAC"),
        (&["-c:a", "aac"], "mka", "Matroska"),
        (&["-c:a", "adpcm_ms"], "wav", "ADPCM"),
        (&["-c:a", "libspeex"], "spx", "without Vorbis, Opus or FLAC"),
    ];
    for (arguments, extension, name) in forms {
        let Some(bytes) = ffmpeg(&original, arguments, extension) else { continue };
        let error = decode(bytes).map(drop).unwrap_err();
        let DecodeError::Unsupported { what } = &error else { panic!("{extension}: {error:?}") };
        assert!(what.contains(name), "{extension}: {what}");
    }
}

#[test]
fn a_rate_nobody_means_is_refused() {
    let mut bytes = wav(100, 1, 16, false);
    bytes[24..28].copy_from_slice(&1u32.to_le_bytes());
    let error = decode(bytes).unwrap_err();
    assert!(matches!(error, DecodeError::Rate { hz: 1 }), "{error:?}");
    assert_eq!(error.advice("a.mp3").unwrap(), "convert it: ffmpeg -i a.mp3 -map a:0 -ar 48000 a.flac");
}

#[test]
fn what_cannot_be_read_is_named_and_not_called_damaged() {
    let says = |bytes: &[u8]| decode(bytes.to_vec()).unwrap_err();
    let midi = says(b"MThd\0\0\0\x06\0\x01").to_string();
    assert!(midi.starts_with("is a MIDI file (notes without sound), not a recording"), "{midi}");
    // Free format: 44.1 kHz, and no bit rate.
    let free = says(&[&[0xff, 0xfb, 0x00, 0xc4][..], &[0; 600]].concat().repeat(8));
    assert!(matches!(free, DecodeError::FreeFormat), "{free:?}");
    assert_eq!(free.advice("a.mp3").unwrap(), "convert it: mpg123 -w a.wav a.mp3");
    let mono = wav(FRAMES, 1, 16, false);
    if let Some(bytes) = ffmpeg(&mono, &["-b:a", "384k"], "mp2") {
        let error = says(&bytes);
        let DecodeError::Unsupported { what } = &error else { panic!("{error:?}") };
        assert_eq!(what, "MPEG audio of layer II (MP2) with one channel at 384 kbit/s");
    }
    if let Some(bytes) = ffmpeg(&mono, &["-b:a", "128k"], "mp2") {
        assert!(decode(bytes).unwrap().buffer.frames() >= Frames(FRAMES as u64), "others are read");
    }
}

#[test]
fn a_caf_is_used_as_far_as_it_goes() {
    let original = wav(FRAMES, 2, 16, false);
    let expected = decode(original.clone()).unwrap().buffer;
    for (codec, bits) in
        [("pcm_s16be", 16), ("pcm_s16le", 16), ("pcm_s24be", 24), ("pcm_f32le", 32), ("pcm_s32be", 32)]
    {
        let Some(bytes) = ffmpeg(&original, &["-c:a", codec], "caf") else { continue };
        let whole = decode(bytes.clone()).unwrap();
        assert_eq!((&whole.buffer, whole.bits, whole.codec), (&expected, Some(bits), codec));
        let cut = bytes[..bytes.len() / 2].to_vec();
        let mut decoder = Decoder::open(Box::new(Cursor::new(cut))).unwrap();
        let (mut block, mut frames) = (Vec::new(), 0);
        while decoder.next_block(&mut block).unwrap() {
            assert_eq!(block[1], expected.plane(1)[frames..frames + block[1].len()]);
            frames += block[0].len();
        }
        assert!(frames > FRAMES / 3, "{codec}: {frames}");
        let flaw = Flaw::Cut { decoded: Frames(frames as u64), expected: Some(Frames(FRAMES as u64)) };
        assert_eq!(decoder.flaws(), [flaw], "{codec}");
    }
    // Its table of packets stands at the end, or before the sound.
    if let Some(bytes) = ffmpeg(&original, &["-c:a", "alac"], "caf") {
        let error = decode(bytes[..bytes.len() / 2].to_vec()).unwrap_err().to_string();
        assert!(error.contains("its end is missing"), "{error}");
        let place = |name: &[u8]| bytes.windows(4).position(|four| four == name).unwrap();
        let (data, table) = (place(b"data"), place(b"pakt"));
        let front = [&bytes[..data], &bytes[table..], &bytes[data..table]].concat();
        assert_eq!(decode(front.clone()).unwrap().buffer, expected);
        let mut decoder =
            Decoder::open(Box::new(Cursor::new(front[..front.len() * 2 / 3].to_vec()))).unwrap();
        let (mut block, mut frames) = (Vec::new(), 0);
        while decoder.next_block(&mut block).unwrap() {
            assert_eq!(block[1], expected.plane(1)[frames..frames + block[1].len()]);
            frames += block[0].len();
        }
        assert!(frames > FRAMES / 3, "{frames}");
        // Its table counts the last packet, of 4,096 frames, as if it were full.
        let whole = Frames((FRAMES as u64).next_multiple_of(4_096));
        let flaw = Flaw::Cut { decoded: Frames(frames as u64), expected: Some(whole) };
        assert_eq!(decoder.flaws(), [flaw]);
    }
}

#[test]
fn files_that_were_joined_are_one_recording_or_told() {
    let original = wav(FRAMES, 2, 16, false);
    let expected = decode(original.clone()).unwrap().buffer;
    let mut pairs = vec![("wav", original.clone())];
    pairs.extend(ffmpeg(&original, &["-c:a", "pcm_s16be"], "aiff").map(|bytes| ("aiff", bytes)));
    for (name, bytes) in pairs {
        let joined = decode(bytes.repeat(3)).unwrap().buffer;
        assert_eq!(joined.frames(), Frames(3 * FRAMES as u64), "{name}");
        assert_eq!(joined.plane(1)[2 * FRAMES..], *expected.plane(1), "{name}");
    }
    // A program that wrote into a pipe did not know its length.
    let size = original.windows(4).position(|four| four == b"data").unwrap() + 4;
    for placeholder in [0u32, 0x7FFF_F000, u32::MAX] {
        let mut piped = original.clone();
        for at in [4, size] {
            piped[at..at + 4].copy_from_slice(&placeholder.to_le_bytes());
        }
        for second in [&original, &piped] {
            let joined = decode([&piped[..], second].concat()).unwrap().buffer;
            assert_eq!(joined.frames(), Frames(2 * FRAMES as u64), "{placeholder:x}");
            assert_eq!(joined.plane(1)[FRAMES..], *expected.plane(1), "{placeholder:x}");
        }
    }
    // Of another form, it cannot follow.
    let other = wav(FRAMES, 1, 24, false);
    let error = decode([original, other].concat()).unwrap_err();
    let expected = Some(Frames(2 * FRAMES as u64));
    assert!(matches!(error, DecodeError::Truncated { expected: told, .. } if told == expected), "{error:?}");
}

#[test]
fn memory_does_not_grow_with_the_length() {
    for (name, bytes) in every_form() {
        let mut decoder = Decoder::open(Box::new(Cursor::new(bytes))).unwrap();
        let mut planes = Vec::new();
        while decoder.next_block(&mut planes).unwrap() {
            assert!(planes.len() == 2 && !planes[0].is_empty() && planes[0].len() <= 8_192, "{name}");
        }
        assert!(!decoder.next_block(&mut planes).unwrap(), "the end stays the end");
        assert_eq!(decoder.rate(), SampleRate::DEFAULT);
    }
}

#[test]
fn no_damage_makes_a_decoder_panic() {
    let forms: Vec<Vec<u8>> = every_form().into_iter().map(|(_, bytes)| bytes).collect();
    let damage = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6);
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases: 150, ..Default::default() });
    runner
        .run(&(any::<prop::sample::Index>(), damage, any::<bool>()), |(form, damage, in_header)| {
            let mut bytes = form.get(&forms).clone();
            for (at, byte) in damage {
                let at = at.index(if in_header { bytes.len().min(300) } else { bytes.len() });
                bytes[at] = byte;
            }
            let _ = decode(bytes);
            Ok(())
        })
        .unwrap();
}

#[test]
fn real_recordings_are_as_long_as_ffmpeg_finds_them() {
    for path in recordings("", &["wav", "flac", "ogg", "mp3"]) {
        let bytes = std::fs::read(&path).unwrap();
        let decoded = decode(bytes.clone()).unwrap_or_else(|error| panic!("{} {error}", path.display()));
        let frames = decoded.buffer.frames().0 as usize;
        // ffprobe counts the padding of MP3 files; there the length is that of ffmpeg's own decoding.
        let theirs = if decoded.codec == "mp3" {
            ffmpeg(&bytes, &["-f", "f32le"], "raw").map(|raw| raw.len() / 4 / decoded.buffer.channels())
        } else {
            probed_frames(&path)
        };
        let Some(theirs) = theirs else { return };
        assert_eq!(frames, theirs, "{}", path.display());
    }
}

/// The length by ffprobe; `None` (with a word) where there is none.
fn probed_frames(path: &Path) -> Option<usize> {
    let wanted =
        ["-v", "error", "-select_streams", "a", "-show_entries", "stream=duration_ts", "-of", "csv=p=0"];
    let Ok(found) = Command::new("ffprobe").args(wanted).arg(path).output() else {
        eprintln!("skipped: no ffprobe here");
        return None;
    };
    Some(String::from_utf8_lossy(&found.stdout).trim().parse().unwrap())
}

#[test]
fn a_spoken_draft_is_cut_to_its_words_and_into_its_beats() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("draft.wav");
    let said = Command::new("espeak-ng")
        .args(["-v", "nl+f2", "-s", "110", "-p", "38", "-w"])
        .arg(&path)
        .args(["--", "Moge ik, veilig zijn."])
        .status();
    if !said.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no espeak-ng here");
        return;
    }
    let decoded = decode(std::fs::read(path).unwrap()).unwrap();
    let (samples, rate) = (decoded.buffer.plane(0), decoded.buffer.rate());
    let speech = crate::dsp::speech::find_speech(samples, rate).unwrap();
    let seconds = |frames: usize| frames as f64 / rate.as_f64();
    assert!(seconds(samples.len() - speech.end) > 0.1, "its silence at the end is left out: {speech:?}");
    let beats = crate::facts::beats::beats(&speech, &[7.0, 10.0], rate).unwrap();
    let gap = seconds(beats[1].start) - seconds(beats[0].end);
    assert!((0.0..0.2).contains(&gap) && seconds(beats[1].onset) < 0.7 * seconds(speech.end), "{beats:?}");
}
