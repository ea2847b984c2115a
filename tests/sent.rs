//! What people send: recordings as phones, browsers, recorders and command lines write them, made here with ffmpeg, lame,
//! opusenc, oggenc, sox and a few bytes by hand, and held against what ffmpeg makes of them. Nothing is fetched; what a
//! tool would make that is not installed is skipped aloud.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot make its file has failed, and one that skips says so"
)]

use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};

use adem::decode::{DecodeError, Decoder, Flaw};

/// What a file holds.
struct Sound {
    rate: u32,
    planes: Vec<Vec<f32>>,
    flaws: Vec<Flaw>,
}

impl Sound {
    fn frames(&self) -> usize {
        self.planes[0].len()
    }

    /// Integrated loudness in LUFS, by a meter that is not adem's.
    fn loudness(&self) -> f64 {
        let channels = self.planes.len() as u32;
        let mut meter = ebur128::EbuR128::new(channels, self.rate, ebur128::Mode::I).unwrap();
        meter.add_frames_planar_f32(&self.planes.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
        meter.loudness_global().unwrap()
    }
}

fn decode(bytes: &[u8]) -> Result<Sound, DecodeError> {
    let mut decoder = Decoder::open(Box::new(Cursor::new(bytes.to_vec())))?;
    let mut planes = vec![Vec::new(); decoder.channels()];
    let mut block = Vec::new();
    while decoder.next_block(&mut block)? {
        planes.iter_mut().zip(&block).for_each(|(plane, part): (&mut Vec<f32>, _)| plane.extend(part));
    }
    Ok(Sound { rate: decoder.rate().hz(), planes, flaws: decoder.flaws().to_vec() })
}

/// Runs a tool in a folder of its own with `in` as input; what it wrote to `out`. `None`, with a word, where it is not
/// installed or lacks the encoder.
fn made(tool: &str, arguments: &str, input: &[u8], from: &str, to: &str) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(from), input).unwrap();
    let ran = Command::new(tool)
        .args(arguments.split_whitespace())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let file = folder.path().join(to);
    match ran {
        Ok(status) if status.success() && file.exists() => Some(std::fs::read(file).unwrap()),
        _ => {
            eprintln!("skipped: no {tool} here that does {arguments}");
            None
        }
    }
}

fn ffmpeg(input: &[u8], arguments: &str, ending: &str) -> Option<Vec<u8>> {
    let out = format!("out.{ending}");
    made("ffmpeg", &format!("-v error -y -i in {arguments} {out}"), input, "in", &out)
}

/// What ffmpeg makes of a file, at its own rate and channels.
fn by_ffmpeg(bytes: &[u8]) -> Option<Sound> {
    let wav = ffmpeg(bytes, "-map a:0 -c:a pcm_f32le -bitexact", "wav")?;
    let mut reader = hound::WavReader::new(Cursor::new(wav)).unwrap();
    let spec = reader.spec();
    let mut planes = vec![Vec::new(); usize::from(spec.channels)];
    for (n, sample) in reader.samples::<f32>().enumerate() {
        planes[n % usize::from(spec.channels)].push(sample.unwrap());
    }
    Some(Sound { rate: spec.sample_rate, planes, flaws: Vec::new() })
}

/// Three seconds like speech: a tone with overtones that comes and goes, every channel different.
fn speech(rate: u32, channels: u16) -> Vec<f32> {
    let mut state = 7u32;
    let frames = 3 * rate;
    let sample = |n: u32, channel: u16, noise: f32| {
        let t = n as f32 / rate as f32;
        let level = 0.3 * (1.0 + (t * 14.0 + f32::from(channel)).sin()) * (1.0 - (-t * 30.0).exp());
        let pitch = 110.0 + 40.0 * (t * 3.0).sin() + 15.0 * f32::from(channel);
        let phase = std::f32::consts::TAU * pitch * t;
        level * (0.4 * phase.sin() + 0.25 * (3.0 * phase).sin() + 0.15 * (7.0 * phase).sin() + 0.02 * noise)
    };
    let mut sound = Vec::new();
    for n in 0..frames {
        for channel in 0..channels {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            sound.push(sample(n, channel, (state >> 8) as f32 / (1 << 23) as f32 - 1.0));
        }
    }
    sound
}

/// The same as a WAV of 16 bits.
fn wav(rate: u32, channels: u16) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for sample in speech(rate, channels) {
        writer.write_sample((sample * 32_767.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// A WAV with this format and these samples.
fn riff(code: u16, channels: u16, rate: u32, width: u16, bits: u16, more: &[u8], data: &[u8]) -> Vec<u8> {
    let frame = channels * width;
    let mut form = [code, channels].map(u16::to_le_bytes).concat();
    form.extend(rate.to_le_bytes());
    form.extend((rate * u32::from(frame)).to_le_bytes());
    form.extend([frame, bits].map(u16::to_le_bytes).concat());
    form.extend(more);
    let chunk = |name: &[u8], body: &[u8]| {
        [name, &(body.len() as u32).to_le_bytes(), body, &vec![0; body.len() % 2]].concat()
    };
    let body = [b"WAVE".to_vec(), chunk(b"fmt ", &form), chunk(b"data", data)].concat();
    chunk(b"RIFF", &body)
}

/// Holds a file against ffmpeg: the same rate and channels, as long to the frame, and as loud within 0.1 LU.
#[track_caller]
fn same_as_ffmpeg(name: &str, bytes: &[u8]) -> Sound {
    let ours = decode(bytes).unwrap_or_else(|error| panic!("{name} {error}"));
    assert_eq!(ours.flaws, [], "{name}");
    if let Some(theirs) = by_ffmpeg(bytes) {
        assert_eq!((ours.rate, ours.planes.len()), (theirs.rate, theirs.planes.len()), "{name}");
        assert_eq!(ours.frames(), theirs.frames(), "{name}: frames");
        as_loud(name, &ours, &theirs);
    }
    ours
}

#[track_caller]
fn as_loud(name: &str, ours: &Sound, theirs: &Sound) {
    let (a, b) = (ours.loudness(), theirs.loudness());
    assert!((a - b).abs() < 0.1 || (a == b), "{name}: {a} LUFS instead of {b}");
}

fn case(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/audio").join(name)).unwrap()
}

/// The largest difference of two sounds, from some frame on.
fn difference(ours: &[f32], theirs: &[f32]) -> f32 {
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn the_cases_are_read_whole() {
    for (name, frames) in [
        ("04-granule-starts-at-104.ogg", 66_150),
        ("04-granule-starts-at-104.opus", 144_000),
        ("05-stream-like-espeak-ng-stdout.wav", 11_025),
        ("05-stream-like-mpg123-w-.wav", 11_025),
        ("12-rf64.wav", 11_025),
        ("17-ulaw-fmt20.wav", 9),
    ] {
        assert_eq!(same_as_ffmpeg(name, &case(name)).frames(), frames, "{name}");
    }
    // ffmpeg does not cut what the last page says where that page is not marked.
    for (name, frames) in [("03-no-eos-flag.ogg", 13_230), ("03-no-eos-flag.opus", 28_800)] {
        let ours = decode(&case(name)).unwrap();
        assert_eq!((ours.frames(), ours.flaws.as_slice()), (frames, [].as_slice()), "{name}");
        if let Some(theirs) = by_ffmpeg(&case(name)) {
            as_loud(name, &ours, &theirs);
        }
    }
    let joined = decode(&case("01-joined.mp3")).unwrap();
    assert_eq!((joined.frames(), joined.flaws), (26_460, vec![]));
}

#[test]
fn every_form_is_as_ffmpeg_reads_it() {
    let (stereo, mono) = (wav(44_100, 2), wav(48_000, 1));
    for (name, input, arguments, ending) in [
        ("rf64", &stereo, "-rf64 always", "wav"),
        ("w64", &stereo, "", "w64"),
        ("telephone", &mono, "-c:a pcm_mulaw -ar 8000", "wav"),
        ("A-law", &mono, "-c:a pcm_alaw", "wav"),
        ("24 bits", &stereo, "-c:a pcm_s24le", "wav"),
        ("64-bit floats", &stereo, "-c:a pcm_f64le", "wav"),
        ("64 bits", &stereo, "-c:a pcm_s64le", "wav"),
        ("8 bits", &stereo, "-c:a pcm_u8", "wav"),
        ("aiff", &stereo, "", "aiff"),
        ("aiff-c floats", &stereo, "-c:a pcm_f32be", "aiff"),
        ("aiff-c little", &stereo, "-c:a pcm_s16le", "aiff"),
        ("aiff-c telephone", &stereo, "-c:a pcm_mulaw", "aiff"),
        ("caf", &stereo, "", "caf"),
        ("caf alac", &stereo, "-c:a alac", "caf"),
        ("caf A-law", &stereo, "-c:a pcm_alaw", "caf"),
        ("caf telephone", &mono, "-c:a pcm_mulaw -ar 8000", "caf"),
        ("caf floats", &stereo, "-c:a pcm_f32le", "caf"),
        ("alac", &stereo, "-c:a alac", "m4a"),
        ("alac 24", &stereo, "-c:a alac -sample_fmt s32p", "m4a"),
        ("flac", &stereo, "-c:a flac", "flac"),
        ("flac 24", &stereo, "-c:a flac -sample_fmt s32", "flac"),
        ("ogg flac", &stereo, "-c:a flac", "ogg"),
        ("vorbis", &stereo, "-c:a libvorbis", "ogg"),
        ("vorbis of six", &stereo, "-c:a libvorbis -ac 6", "ogg"),
        ("opus", &stereo, "-c:a libopus", "opus"),
        ("opus of six", &stereo, "-c:a libopus -ac 6 -mapping_family 1", "opus"),
        ("mp3", &stereo, "-c:a libmp3lame", "mp3"),
        ("mp3 without a tag", &stereo, "-c:a libmp3lame -write_xing 0", "mp3"),
        ("mp3 of mpeg-2", &stereo, "-c:a libmp3lame -ar 22050 -b:a 32k", "mp3"),
        ("mp3 of 8 kHz", &mono, "-c:a libmp3lame -ar 8000 -b:a 16k", "mp3"),
        ("mp2", &stereo, "-c:a mp2", "mp2"),
    ] {
        if let Some(bytes) = ffmpeg(input, arguments, ending) {
            same_as_ffmpeg(name, &bytes);
        }
    }
    // Old versions of ffmpeg keep the padding at the end of AAC.
    for (arguments, ending) in [("-c:a aac", "m4a"), ("-c:a aac -movflags +faststart", "mp4")] {
        let Some(bytes) = ffmpeg(&stereo, arguments, ending) else { continue };
        let ours = decode(&bytes).unwrap();
        assert_eq!((ours.frames(), ours.flaws.as_slice()), (132_300, [].as_slice()));
        as_loud("aac", &ours, &by_ffmpeg(&bytes).unwrap());
    }
}

#[test]
fn tools_of_a_command_line_write_what_is_read() {
    let input = wav(44_100, 2);
    for (tool, arguments, to) in [
        ("lame", "--quiet -b 96 in.wav out.mp3", "out.mp3"),
        ("lame", "--quiet -V 4 -t in.wav out.mp3", "out.mp3"),
        ("oggenc", "-Q -q 4 in.wav -o out.ogg", "out.ogg"),
        ("opusenc", "--quiet in.wav out.opus", "out.opus"),
        ("flac", "-s -8 in.wav -o out.flac", "out.flac"),
        ("flac", "-s --ogg in.wav -o out.oga", "out.oga"),
        ("sox", "in.wav -t wav -e a-law out.wav", "out.wav"),
        ("sox", "in.wav out.aiff", "out.aiff"),
        ("sox", "in.wav -b 32 out.w64", "out.w64"),
    ] {
        if let Some(bytes) = made(tool, arguments, &input, "in.wav", to) {
            same_as_ffmpeg(&format!("{tool} {arguments}"), &bytes);
        }
    }
}

#[test]
fn every_depth_of_a_wav_is_right() {
    let values: Vec<i32> =
        speech(44_100, 1).iter().map(|x| ((x * 8_388_607.0) as i32).clamp(-8_388_608, 8_388_607)).collect();
    let tail = [1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];
    let extensible = [&[22, 0, 24, 0, 4, 0, 0, 0][..], &tail].concat();
    let pack = |pack: &dyn Fn(i32) -> Vec<u8>| values.iter().flat_map(|x| pack(*x)).collect::<Vec<u8>>();
    let high = pack(&|x| (x << 8).to_le_bytes().to_vec());
    let of = |bits: u32| -> Vec<f32> {
        let unit = 1 << (24 - bits.min(24));
        values.iter().map(|x| (x / unit * unit) as f32 / 8_388_608.0).collect()
    };
    let cut = |bits: u32, x: i32| x / (1 << (24 - bits)) * (1 << (24 - bits));
    for (name, bytes, bits) in [
        (
            "12 in 16",
            riff(1, 1, 44_100, 2, 12, &[], &pack(&|x| (cut(12, x) >> 8).to_le_bytes()[..2].to_vec())),
            12,
        ),
        ("20 in 24", riff(1, 1, 44_100, 3, 20, &[], &pack(&|x| cut(20, x).to_le_bytes()[..3].to_vec())), 20),
        ("24 in 32", riff(1, 1, 44_100, 4, 24, &[], &high), 24),
        ("24 low in 32", riff(1, 1, 44_100, 4, 24, &[], &pack(&|x| x.to_le_bytes().to_vec())), 24),
        ("24 in 32, extensible", riff(0xFFFE, 1, 44_100, 4, 32, &extensible, &high), 24),
        ("64", riff(1, 1, 44_100, 8, 64, &[], &pack(&|x| (i64::from(x) << 40).to_le_bytes().to_vec())), 64),
    ] {
        let ours = decode(&bytes).unwrap_or_else(|error| panic!("{name} {error}"));
        assert!(ours.planes[0] == of(bits), "{name}: {}", difference(&ours.planes[0], &of(bits)));
        assert_eq!(ours.flaws, [], "{name}");
    }
}

#[test]
fn a_wav_from_a_pipe_is_read_to_its_end_whatever_size_it_was_given() {
    let whole = wav(22_050, 1);
    let expected = decode(&whole).unwrap().planes;
    for size in
        [0u32, 0x7FFF_F000, 0x7FFF_FFDB, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FF00, 0xFFFF_FFD8, 0xFFFF_FFFF]
    {
        let mut piped = whole.clone();
        piped[4..8].copy_from_slice(&size.wrapping_add(36).to_le_bytes());
        piped[40..44].copy_from_slice(&size.to_le_bytes());
        let ours = decode(&piped).unwrap();
        assert!(ours.planes == expected && ours.flaws.is_empty(), "{size:x}");
    }
    for line in ["sox in.wav -t wav - > out.wav", "ffmpeg -v error -i in.wav -f wav - > out.wav"] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("in.wav"), &whole).unwrap();
        let ran =
            Command::new("sh").args(["-c", line]).current_dir(folder.path()).stdin(Stdio::null()).status();
        match std::fs::read(folder.path().join("out.wav")) {
            Ok(bytes) if ran.is_ok_and(|status| status.success()) => {
                assert!(decode(&bytes).unwrap().planes == expected, "{line}");
            }
            _ => eprintln!("skipped: {line}"),
        }
    }
    // An empty chunk of sound with another one behind it is what it says.
    let mut empty = riff(1, 1, 44_100, 2, 16, &[], &[]);
    empty.extend(b"LIST\x04\0\0\0INFO");
    assert!(matches!(decode(&empty), Err(DecodeError::Empty)));
}

#[test]
fn chunks_in_odd_places_lose_nothing() {
    let sound = |count: i16| (0..count).flat_map(|n| (n * 50).to_le_bytes()).collect::<Vec<u8>>();
    let chunk = |name: &[u8], body: &[u8]| [name, &(body.len() as u32).to_le_bytes(), body].concat();
    let mut two = riff(1, 1, 44_100, 2, 16, &[], &sound(300));
    two.extend(chunk(b"LIST", b"INFO"));
    two.extend(chunk(b"data", &sound(200)));
    let ours = decode(&two).unwrap();
    assert_eq!((ours.frames(), ours.flaws.len()), (500, 0));
    assert_eq!(ours.planes[0][300..], ours.planes[0][..200]);
    // A chunk of odd length without the byte that should pad it.
    let mut unpadded = b"RIFF\0\0\0\0WAVE".to_vec();
    unpadded.extend(chunk(b"fmt ", &riff(1, 1, 44_100, 2, 16, &[], &[])[20..36]));
    unpadded.extend(chunk(b"bext", b"odd"));
    unpadded.extend(chunk(b"data", &sound(100)));
    assert_eq!(decode(&unpadded).unwrap().frames(), 100);
    // A tag in front, and a format behind the samples, for which a converter is named.
    let tag = b"ID3\x04\0\0\0\0\0\x0a0123456789".to_vec();
    let tagged = decode(&[&tag[..], &two].concat()).unwrap();
    assert_eq!((tagged.frames(), tagged.flaws.len()), (500, 0));
    let behind = [&two[..12], &two[36..644], &two[12..36]].concat();
    assert!(matches!(decode(&behind), Err(DecodeError::Unsupported { .. })));
    let Some(aiff) = ffmpeg(&wav(44_100, 1), "", "aiff") else { return };
    let expected = decode(&aiff).unwrap().planes;
    let mut empty_last = aiff.clone();
    empty_last.extend(b"ANNO\0\0\0\0");
    assert!(decode(&empty_last).unwrap().planes == expected);
    let mut half_last = aiff;
    half_last.extend(b"ANNO\0");
    assert!(decode(&half_last).unwrap().planes == expected);
}

fn mp3(input: &[u8], arguments: &str) -> Option<Vec<u8>> {
    made("lame", &format!("--quiet {arguments} in.wav out.mp3"), input, "in.wav", "out.mp3")
}

#[test]
fn joined_mp3_files_are_one_recording() {
    let Some(first) = mp3(&wav(44_100, 2), "-b 128") else { return };
    let Some(second) = mp3(&wav(44_100, 2), "-V 3 --tt joined --add-id3v2") else { return };
    let alone = [decode(&first).unwrap(), decode(&second).unwrap()];
    let joined = decode(&[first.clone(), second].concat()).unwrap();
    assert_eq!((joined.frames(), joined.flaws.as_slice()), (2 * 132_300, [].as_slice()));
    assert!(joined.planes[0][..132_300] == alone[0].planes[0]);
    assert!(joined.planes[1][132_300..] == alone[1].planes[1]);
    // Without a tag of its own, the second one keeps its delay.
    let Some(bare) = mp3(&wav(44_100, 2), "-b 128 -t") else { return };
    let frames = decode(&bare).unwrap().frames();
    assert_eq!(decode(&[first.clone(), bare].concat()).unwrap().frames(), 132_300 + frames);
    // From stereo to mono, and to another rate: the same time, in the form it begins with.
    for (input, frames) in [(wav(44_100, 1), 132_300), (wav(22_050, 1), 132_300)] {
        let Some(other) = mp3(&input, "-b 64 -m m") else { return };
        let joined = decode(&[first.clone(), other].concat()).unwrap();
        assert_eq!((joined.planes.len(), joined.frames()), (2, 132_300 + frames));
        assert_eq!(joined.flaws, []);
    }
}

#[test]
fn an_mp3_whose_tag_counts_nothing_is_read_whole() {
    let Some(mut bytes) = mp3(&wav(44_100, 2), "-b 128") else { return };
    let whole = decode(&bytes).unwrap();
    let tag = bytes.windows(4).position(|four| four == b"Info").unwrap();
    bytes[tag + 8..tag + 12].fill(0);
    let ours = decode(&bytes).unwrap();
    assert!(ours.planes == whole.planes && ours.flaws.is_empty(), "{} {:?}", ours.frames(), ours.flaws);
}

#[test]
fn an_mp3_cut_out_of_another_begins_without_a_click() {
    let Some(bytes) = mp3(&wav(44_100, 2), "-V 2 -t") else { return };
    let whole = decode(&bytes).unwrap();
    // Behind so many bytes, wherever a frame begins.
    let cut = &bytes[bytes.len() / 3..];
    let ours = decode(cut).unwrap();
    assert_eq!(ours.flaws, []);
    let same = whole.frames() - ours.frames();
    let late = difference(&ours.planes[0][4 * 1_152..], &whole.planes[0][same + 4 * 1_152..]);
    assert!(late < 1e-4, "it is the same sound: {late}");
    let loudest = whole.planes[0].iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
    let step = |plane: &[f32]| plane.windows(2).map(|two| (two[1] - two[0]).abs()).fold(0.0, f32::max);
    assert!(ours.planes[0][..4 * 1_152].iter().all(|x| x.abs() <= 1.1 * loudest));
    assert!(step(&ours.planes[0][..4 * 1_152]) <= 1.5 * step(&whole.planes[0]));
}

#[test]
fn an_mp3_with_mixed_blocks_never_comes_out_louder_than_it_is() {
    let Some(bytes) = mp3(&wav(44_100, 1), "-b 64 -m m -t --allshort") else { return };
    // Side information of one channel: 18 bits, then 59 of each granule; the bits of a short block with its flag.
    let mut mixed = bytes.clone();
    let (mut at, mut changed) = (0, 0);
    while let Some(head) = bytes.get(at..at + 4).filter(|head| head[0] == 0xff) {
        let kbits =
            [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0][usize::from(head[2] >> 4)];
        let length = 144_000 * kbits / 44_100 + usize::from(head[2] >> 1 & 1);
        for granule in [18, 18 + 59] {
            let bit = |n: usize| 8 * (at + 4) + granule + n;
            let get = |n: usize| bytes.get(bit(n) / 8).map_or(0, |byte| byte >> (7 - bit(n) % 8) & 1);
            if at + length <= bytes.len() && get(33) == 1 && get(34) == 1 && get(35) == 0 {
                mixed[bit(36) / 8] |= 1 << (7 - bit(36) % 8);
                changed += 1;
            }
        }
        at += length.max(4);
    }
    if changed < 20 {
        eprintln!("skipped: this lame makes no short blocks");
        return;
    }
    match (decode(&mixed), by_ffmpeg(&mixed)) {
        (Ok(ours), Some(theirs)) if ours.flaws.is_empty() => {
            assert!(ours.loudness() < theirs.loudness() + 1.0, "{} {}", ours.loudness(), theirs.loudness());
        }
        (Ok(ours), _) => assert!(ours.loudness() < 0.0, "{:?}", ours.flaws),
        (Err(error), _) => assert!(error.to_string().contains("dBFS"), "{error}"),
    }
}

/// The pages of an Ogg file.
fn pages(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (mut at, mut found) = (0, Vec::new());
    while at < bytes.len() {
        let count = usize::from(bytes[at + 26]);
        let body: usize = bytes[at + 27..at + 27 + count].iter().map(|size| usize::from(*size)).sum();
        found.push(bytes[at..at + 27 + count + body].to_vec());
        at += 27 + count + body;
    }
    found
}

/// The same pages with their checksums renewed.
fn sealed(mut pages: Vec<Vec<u8>>) -> Vec<u8> {
    for page in &mut pages {
        page[22..26].fill(0);
        let sum = page.iter().fold(0u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
                if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 }
            })
        });
        page[22..26].copy_from_slice(&sum.to_le_bytes());
    }
    pages.concat()
}

#[test]
fn ogg_files_keep_their_length_wherever_their_positions_begin() {
    for (arguments, ending, frames) in
        [("-c:a libvorbis", "ogg", 132_300), ("-c:a libopus", "opus", 144_000), ("-c:a flac", "oga", 132_300)]
    {
        let Some(bytes) = ffmpeg(&wav(44_100, 2), &format!("{arguments} -page_duration 200000"), ending)
        else {
            continue;
        };
        let whole = decode(&bytes).unwrap();
        assert_eq!(whole.frames(), frames);
        for ahead in [104i64, 1_000_000] {
            let mut late = pages(&bytes);
            for page in late.iter_mut().skip(2) {
                let granule = i64::from_le_bytes(page[6..14].try_into().unwrap());
                if granule > 0 {
                    page[6..14].copy_from_slice(&(granule + ahead).to_le_bytes());
                }
            }
            let ours = decode(&sealed(late)).unwrap();
            assert!(
                ours.planes == whole.planes && ours.flaws.is_empty(),
                "{ending} {ahead}: {}",
                ours.frames()
            );
        }
        let mut unmarked = pages(&bytes);
        unmarked.last_mut().unwrap()[5] &= !4;
        let ours = decode(&sealed(unmarked)).unwrap();
        assert!(ours.planes == whole.planes && ours.flaws.is_empty(), "{ending} without a last page");
        // Beside a stream of something else: a Skeleton begins before, and its packets lie between.
        let page = |flags: u8, body: &[u8]| {
            [b"OggS\0", &[flags][..], &[0; 8], &[9, 9, 9, 9], &[0; 8], &[1, body.len() as u8], body].concat()
        };
        let mut beside = pages(&bytes);
        beside.insert(0, page(2, b"fishead\0 and more"));
        beside.insert(2, page(0, b"fisbone\0"));
        beside.insert(3, page(4, b""));
        let ours = decode(&sealed(beside)).unwrap();
        assert!(ours.planes == whole.planes && ours.flaws.is_empty(), "{ending} beside a Skeleton");
        // A page that is lost leaves silence of its length.
        let mut holed = pages(&bytes);
        let count = holed.len();
        if count > 6 {
            holed.remove(count / 2);
            let ours = decode(&sealed(holed)).unwrap();
            assert_eq!(ours.frames(), frames, "{ending} with a hole");
            assert!(matches!(ours.flaws[..], [Flaw::Lost { .. }]), "{ending}: {:?}", ours.flaws);
        }
    }
}

#[test]
fn what_changes_rate_or_channels_midway_keeps_its_time() {
    for (arguments, ending) in [("-c:a libvorbis", "ogg"), ("-c:a libopus", "opus"), ("-c:a flac", "flac")] {
        let Some(first) = ffmpeg(&wav(48_000, 2), arguments, ending) else { continue };
        for (rate, channels) in [(24_000, 1), (48_000, 1), (24_000, 2)] {
            let other = format!("{arguments} -serial_offset 9");
            let other = if ending == "flac" { arguments } else { &other };
            let second = ffmpeg(&wav(rate, channels), other, ending).unwrap();
            let ours = decode(&[first.clone(), second].concat()).unwrap();
            assert_eq!((ours.rate, ours.planes.len()), (48_000, 2), "{ending} {rate} {channels}");
            assert_eq!((ours.frames(), ours.flaws), (288_000, vec![]), "{ending} {rate} {channels}");
        }
    }
}

#[test]
fn flac_is_read_whatever_stands_around_its_frames() {
    let Some(bytes) = ffmpeg(&wav(44_100, 2), "-c:a flac", "flac") else { return };
    let whole = decode(&bytes).unwrap();
    let mut ape = b"APETAGEX\xd0\x07\0\0\x20\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    ape.extend([0; 8]);
    let id3 = [b"TAG".to_vec(), vec![b' '; 125]].concat();
    let front = [&b"ID3\x04\0\0\0\0\0\x0a"[..], &[0; 10]].concat();
    // A cue sheet that is none, before the last block of the header.
    let cue = [&bytes[..42], &[5, 0, 0, 9], &[0xff; 9], &bytes[42..]].concat();
    for (name, bytes) in [
        ("ID3v1 behind", [bytes.clone(), id3.clone()].concat()),
        ("APE and ID3v1 behind", [bytes.clone(), ape, id3].concat()),
        ("ID3v2 before", [front, bytes.clone()].concat()),
        ("an odd cue sheet", cue),
    ] {
        let ours = decode(&bytes).unwrap_or_else(|error| panic!("{name} {error}"));
        assert!(
            ours.planes == whole.planes && ours.flaws.is_empty(),
            "{name}: {} {:?}",
            ours.frames(),
            ours.flaws
        );
    }
    // 32 bits, in two channels that are coded as one and a difference.
    let Some(deep) = ffmpeg(&wav(44_100, 2), "-c:a pcm_s32le", "wav") else { return };
    if let Some(bytes) = made("flac", "-s in.wav -o out.flac", &deep, "in.wav", "out.flac") {
        let ours = decode(&bytes).unwrap();
        assert!(ours.planes == decode(&deep).unwrap().planes && ours.flaws.is_empty());
    }
}

fn boxed(name: &[u8], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes(), name, body].concat()
}

#[test]
fn an_m4a_is_cut_where_its_tags_say_and_its_clock_does_not_matter() {
    let Some(mut bytes) = ffmpeg(&wav(44_100, 2), "-c:a aac -use_editlist 0", "m4a") else { return };
    let find = |bytes: &[u8], name: &[u8]| bytes.windows(4).position(|four| four == name).unwrap();
    let bare = decode(&bytes).unwrap().frames();
    let udta = find(&bytes, b"udta");
    bytes[udta..udta + 4].copy_from_slice(b"free");
    let text = format!(" 00000000 00000400 00000000 {:016X} 00000000", 132_300);
    let item = [
        boxed(b"mean", b"\0\0\0\0com.apple.iTunes"),
        boxed(b"name", b"\0\0\0\0iTunSMPB"),
        boxed(b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0], text.as_bytes()].concat()),
    ]
    .concat();
    let list = boxed(b"ilst", &boxed(b"----", &item));
    let tags = boxed(b"udta", &boxed(b"meta", &[vec![0; 4], list].concat()));
    // The index is the last box.
    let moov = find(&bytes, b"moov");
    let size = u32::from_be_bytes(bytes[moov - 4..moov].try_into().unwrap()) + tags.len() as u32;
    bytes[moov - 4..moov].copy_from_slice(&size.to_be_bytes());
    bytes.extend(tags);
    let ours = decode(&bytes).unwrap();
    assert!(bare >= 132_300 + 1_024);
    assert_eq!((ours.frames(), ours.flaws.as_slice()), (132_300, [].as_slice()));
    // As the same sound is with an edit list, which says the same.
    let listed = ffmpeg(&wav(44_100, 2), "-c:a aac", "m4a").unwrap();
    assert!(decode(&listed).unwrap().planes == ours.planes, "the beginning is where it was");
    // A phone gives its first packet a longer time.
    let Some(mut phone) = ffmpeg(&wav(44_100, 2), "-c:a aac -use_editlist 0", "m4a") else { return };
    let stts = find(&phone, b"stts") + 4;
    let entry = |at: usize| u32::from_be_bytes(phone[at..at + 4].try_into().unwrap());
    if entry(stts + 4) == 2 {
        let count = entry(stts + 8);
        let times = [1, 3_000, count, 1_024].map(u32::to_be_bytes).concat();
        phone[stts + 8..stts + 24].copy_from_slice(&times);
        let ours = decode(&phone).unwrap();
        assert_eq!((ours.frames() % 1_024, ours.flaws.as_slice()), (0, [].as_slice()));
    }
}

#[test]
fn he_aac_is_told_from_aac_though_nothing_announces_it() {
    let Some(adts) = ffmpeg(&wav(22_050, 1), "-c:a aac -b:a 32k", "aac") else { return };
    // A fill element that is said to hold spectral band replication, before the end of every packet.
    let (mut at, mut with) = (0, Vec::new());
    while at + 7 <= adts.len() {
        let size = usize::from(adts[at + 3] & 3) << 11
            | usize::from(adts[at + 4]) << 3
            | usize::from(adts[at + 5] >> 5);
        let mut bits: Vec<u8> = adts[at + 7..at + size]
            .iter()
            .flat_map(|byte| (0..8).map(move |n| byte >> (7 - n) & 1))
            .collect();
        while bits.last() == Some(&0) {
            bits.pop();
        }
        bits.truncate(bits.len() - 3);
        bits.extend([1, 1, 0, 0, 0, 1, 1, 1, 1, 0, 1]);
        bits.extend([0, 1].repeat(10));
        bits.extend([1, 1, 1]);
        bits.resize(bits.len().next_multiple_of(8), 0);
        let body: Vec<u8> =
            bits.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit)).collect();
        let mut head = adts[at..at + 7].to_vec();
        let new = body.len() + 7;
        head[3] = head[3] & 0xfc | (new >> 11) as u8;
        head[4] = (new >> 3) as u8;
        head[5] = head[5] & 0x1f | ((new & 7) as u8) << 5;
        with.extend(head);
        with.extend(body);
        at += size;
    }
    for (name, adts, refused) in [("LC", &adts, false), ("SBR", &with, true)] {
        let Some(bytes) = ffmpeg(adts, "-c:a copy", "m4a") else { return };
        match decode(&bytes) {
            Ok(_) => assert!(!refused, "{name} is played at half its width"),
            Err(DecodeError::Unsupported { what }) => {
                assert!(refused && what.contains("HE-AAC"), "{name}: {what}");
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn what_is_cut_or_damaged_is_used_as_far_as_it_goes_and_says_so() {
    let stereo = wav(44_100, 2);
    for (arguments, ending) in [
        ("", "wav"),
        ("", "aiff"),
        ("-c:a flac", "flac"),
        ("-c:a flac", "oga"),
        ("-c:a libvorbis", "ogg"),
        ("-c:a libopus", "opus"),
        ("-c:a libmp3lame", "mp3"),
        ("-c:a aac -movflags +faststart", "m4a"),
    ] {
        let Some(bytes) = ffmpeg(&stereo, arguments, ending) else { continue };
        let whole = decode(&bytes).unwrap();
        let ours = decode(&bytes[..bytes.len() * 2 / 3]).unwrap_or_else(|error| panic!("{ending} {error}"));
        let share = ours.frames() as f64 / whole.frames() as f64;
        assert!((0.3..0.8).contains(&share), "{ending}: {share}");
        assert!(matches!(ours.flaws[..], [Flaw::Cut { .. }]), "{ending}: {:?}", ours.flaws);
        if let [Flaw::Cut { decoded, expected: Some(expected) }] = ours.flaws[..] {
            assert_eq!((decoded.0, expected.0), (ours.frames() as u64, whole.frames() as u64), "{ending}");
        }
    }
    // A hole in a FLAC is silent, and what follows keeps its place.
    let Some(mut bytes) = ffmpeg(&stereo, "-c:a flac", "flac") else { return };
    let whole = decode(&bytes).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(0x55);
    let ours = decode(&bytes).unwrap();
    assert_eq!(ours.frames(), whole.frames());
    assert!(ours.flaws.iter().any(|flaw| matches!(flaw, Flaw::Lost { .. })), "{:?}", ours.flaws);
    assert!(ours.planes[0][120_000..] == whole.planes[0][120_000..]);
}

/// Puts a number into a file, so many bytes behind a name.
fn put(bytes: &[u8], name: &[u8], behind: usize, number: &[u8]) -> Vec<u8> {
    let place = bytes.windows(name.len()).position(|found| found == name).unwrap() + behind;
    let mut changed = bytes.to_vec();
    changed[place..place + number.len()].copy_from_slice(number);
    changed
}

#[test]
fn a_file_with_more_sound_than_its_header_says_is_told() {
    let mono = wav(44_100, 1);
    let Some((aiff, w64)) = ffmpeg(&mono, "", "aiff").zip(ffmpeg(&mono, "", "w64")) else { return };
    // Half of the sound.
    let frames = put(&aiff, b"COMM", 10, &66_152u32.to_be_bytes());
    let both = put(&frames, b"SSND", 4, &132_312u32.to_be_bytes());
    let wide = put(&w64, b"data", 16, &132_328u64.to_le_bytes());
    for (name, bytes) in [("frames", frames), ("both", both), ("w64", wide)] {
        let ours = decode(&bytes).unwrap();
        assert_eq!(ours.frames(), 66_152, "{name}");
        let told = matches!(ours.flaws[..], [Flaw::Cut { expected: Some(all), .. }] if all.0 == 132_300);
        assert!(told, "{name}: {:?}", ours.flaws);
    }
    for whole in [&aiff, &w64] {
        for more in [vec![], vec![0; 8_192], [b"ID3\x04\0\0\0\0\x40\0".as_slice(), &[7; 8_192]].concat()] {
            let ours = decode(&[&whole[..], &more].concat()).unwrap();
            assert_eq!((ours.frames(), ours.flaws.as_slice()), (132_300, [].as_slice()));
        }
    }
}

#[test]
fn a_wav_with_more_sound_than_its_chunk_says_is_told() {
    let whole = wav(44_100, 1);
    let place = whole.windows(4).position(|four| four == b"data").unwrap() + 4;
    let mut short = whole.clone();
    short[place..place + 4].copy_from_slice(&132_300u32.to_le_bytes());
    let ours = decode(&short).unwrap();
    assert_eq!(ours.frames(), 66_150);
    assert!(
        matches!(ours.flaws[..], [Flaw::Cut { expected: Some(all), .. }] if all.0 == 132_300),
        "{:?}",
        ours.flaws
    );
    // What else may follow is no sound.
    let mut tag = b"ID3\x04\0\0\0\0\x40\0".to_vec();
    tag.resize(8_202, 7);
    for more in [tag, vec![0; 8_192], [b"LIST".as_slice(), &[255; 8_192]].concat(), vec![3; 100]] {
        let ours = decode(&[&whole[..], &more].concat()).unwrap();
        assert_eq!((ours.frames(), ours.flaws.as_slice()), (132_300, [].as_slice()));
    }
}

#[test]
fn damage_of_apple_lossless_is_silent_and_told() {
    let stereo = wav(44_100, 2);
    for (arguments, ending) in [("-c:a alac", "m4a"), ("-c:a alac", "caf")] {
        let Some(whole) = ffmpeg(&stereo, arguments, ending) else { return };
        let loudness = decode(&whole).unwrap().loudness();
        let sound = whole.windows(4).position(|four| four == b"mdat" || four == b"data").unwrap();
        for (at, zeros) in [(20_000, 40), (40_000, 400), (60_000, 1_500), (80_000, 40)] {
            let mut damaged = whole.clone();
            damaged[sound + at..sound + at + zeros].fill(0);
            let ours = decode(&damaged).unwrap();
            let told = matches!(ours.flaws[..], [Flaw::Lost { frames, .. }] if frames.0 <= 3 * 4_096);
            assert!(told, "{ending} {at} {zeros}: {:?}", ours.flaws);
            assert_eq!(ours.frames(), 132_300);
            assert!((ours.loudness() - loudness).abs() < 0.5, "{ending} {at} {zeros}");
        }
    }
}

#[test]
fn a_wild_sample_is_replaced_and_a_wild_file_refused() {
    let ours = decode(&case("10-one-wild-float-sample.wav")).unwrap();
    assert!(matches!(ours.flaws[..], [Flaw::Wild { samples: 1, peak: 17_000.0, .. }]), "{:?}", ours.flaws);
    assert!((-21.0..-19.0).contains(&ours.loudness()), "{}", ours.loudness());
    let floats =
        |scale: f32| speech(44_100, 1).iter().flat_map(|x| (x * scale).to_le_bytes()).collect::<Vec<u8>>();
    for sample in [3e38f32, -3e38, 1e10] {
        let mut data = floats(1.0);
        data[40_000..40_004].copy_from_slice(&sample.to_le_bytes());
        let ours = decode(&riff(3, 1, 44_100, 4, 32, &[], &data)).unwrap();
        assert!(ours.planes[0].iter().all(|x| x.abs() < 2.0));
        assert!(matches!(ours.flaws[..], [Flaw::Wild { samples: 1, .. }]));
    }
    let error = decode(&riff(3, 1, 44_100, 4, 32, &[], &floats(32_768.0))).err().unwrap();
    assert!(error.to_string().contains("on the scale of integers"), "{error}");
}

#[test]
fn what_is_not_read_comes_with_the_command_that_converts_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it's mine.amr");
    std::fs::write(&path, b"#!AMR\n and more").unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_adem")).arg("measure").arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    let stem = folder.path().display();
    let command = format!(r"ffmpeg -i '{stem}/it'\''s mine.amr' -map a:0 '{stem}/it'\''s mine.flac'");
    assert!(said.contains("AMR") && said.contains(&command), "{said}");
    // The command works, where its quotes are read by a shell.
    let path = folder.path().join("a sound.wv");
    let Some(wavpack) = ffmpeg(&wav(48_000, 1), "-c:a wavpack", "wv") else { return };
    std::fs::write(&path, wavpack).unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_adem")).arg("measure").arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    let command = said.split("convert it: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    let ran = Command::new("sh").arg("-c").arg(&command).stdin(Stdio::null()).output().unwrap();
    assert!(ran.status.success(), "{command}");
    let made = std::fs::read(folder.path().join("a sound.flac")).unwrap();
    assert!(decode(&made).unwrap().frames() >= 144_000);
}

#[test]
fn every_other_kind_of_recording_is_named_and_mended_by_one_command() {
    let folder = tempfile::tempdir().unwrap();
    let (mut made, mut lost) = (0, Vec::new());
    for (arguments, ending, named) in [
        ("-c:a ac3", "ac3", "Dolby Digital"),
        ("-c:a eac3", "eac3", "Dolby Digital"),
        ("-c:a dca -strict -2", "dts", "DTS"),
        ("-c:a truehd -strict -2", "thd", "TrueHD"),
        ("-c:a aac", "aac", "AAC"),
        ("-c:a aac -f latm", "latm", "AAC"),
        ("-c:a wmav2", "wma", "WMA"),
        ("-c:a aac", "mka", "Matroska"),
        ("-c:a libopencore_amrnb -ar 8000", "amr", "AMR"),
        ("-c:a real_144 -ar 8000 -f rm", "ra", "Real"),
        ("-c:a mp2 -f mpegts", "ts", "transport stream"),
        ("-c:a mp2 -f mpeg", "mpg", "MPEG video"),
        ("-c:a mp3", "avi", "AVI"),
        ("-c:a mp3 -ar 44100", "flv", "Flash"),
        ("-c:a pcm_u8", "voc", "VOC"),
        ("-f sox", "sox", "SoX"),
        ("-c:a pcm_s16le -f ircam", "sf", "IRCAM"),
        ("-c:a pcm_s16be", "au", "Sun audio"),
        ("-c:a wavpack", "wv", "WavPack"),
        ("-c:a tta", "tta", "True Audio"),
        ("-c:a libspeex", "spx", "Ogg"),
        ("-c:a ac3 -f mp4", "m4a", "Dolby Digital"),
        ("-c:a mp3 -f mp4", "m4a", "MP3"),
        ("-c:a pcm_mulaw -ar 8000", "mov", "G.711"),
        ("-c:a aac -ac 6", "m4a", "one or two channels"),
        ("-c:a mp3", "wav", "MP3"),
        ("-c:a ac3", "wav", "Dolby Digital"),
        ("-c:a wmav2", "wav", "WMA"),
        ("-c:a adpcm_ms", "wav", "ADPCM"),
        ("-c:a g726 -ar 8000", "wav", "G.726"),
        ("-c:a adpcm_ima_qt -f caf", "caf", "CAF"),
        // Nothing in it tells what it is.
        ("-c:a g722 -ar 16000", "g722", "of no kind that adem knows"),
    ] {
        let Some(bytes) = ffmpeg(&wav(48_000, 1), arguments, ending) else {
            lost.push(arguments);
            continue;
        };
        made += 1;
        let path = folder.path().join(format!("a {made}.{ending}"));
        std::fs::write(&path, bytes).unwrap();
        let ran = Command::new(env!("CARGO_BIN_EXE_adem")).arg("measure").arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(said.contains(named), "{arguments} {ending}: {said}");
        let command = said.split("convert it: ").nth(1).unwrap_or_else(|| panic!("{ending}: {said}"));
        let ran = Command::new("sh").arg("-c").arg(command.trim()).stdin(Stdio::null()).output().unwrap();
        assert!(ran.status.success(), "{command}");
        // A WAV goes before a FLAC of the same name, so it is replaced.
        let new = if ending == "wav" { path } else { path.with_extension("flac") };
        assert!(decode(&std::fs::read(new).unwrap()).unwrap().frames() > 0, "{ending}");
    }
    println!("{made} kinds, not made here: {lost:?}");
}

#[test]
fn a_hole_in_an_mp3_is_silent_and_what_follows_keeps_its_place() {
    for arguments in ["-b:a 128k", "-b:a 128k -t"] {
        let Some(bytes) = mp3(&wav(44_100, 1), arguments) else { return };
        let whole = decode(&bytes).unwrap();
        for junk in [0u8, 0x55] {
            let mut broken = bytes.clone();
            let middle = broken.len() / 2;
            broken[middle..middle + 3_000].fill(junk);
            let ours = decode(&broken).unwrap();
            assert_eq!(ours.frames(), whole.frames(), "{junk}");
            let [Flaw::Lost { first, frames }] = ours.flaws[..] else { panic!("{junk}: {:?}", ours.flaws) };
            // 3,000 bytes are seven frames of 1,152, and one or two that are not whole.
            assert!((7 * 1_152..=9 * 1_152).contains(&frames.0), "{junk}: {frames:?}");
            let half = whole.frames() as u64 / 2;
            assert!(first.0.abs_diff(half) < 3 * 1_152, "{junk}: {first:?} {half}");
            let after = first.0 as usize + frames.0 as usize + 4 * 1_152;
            assert!(difference(&ours.planes[0][after..], &whole.planes[0][after..]) < 1e-3, "{junk}");
        }
    }
}

#[test]
fn mp2_and_any_number_of_channels_are_read() {
    for (arguments, ending) in [("-c:a mp2", "mp2"), ("-ac 8", "wav"), ("-ac 16", "wav"), ("-ac 8", "flac")] {
        let Some(bytes) = ffmpeg(&wav(48_000, 2), arguments, ending) else { continue };
        let sound = decode(&bytes).unwrap();
        assert!(sound.flaws.is_empty() && sound.frames() >= 143_000, "{arguments}: {}", sound.frames());
    }
}

#[test]
fn what_is_cut_is_measured_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let whole = wav(48_000, 1);
    let path = folder.path().join("cut.wav");
    std::fs::write(&path, &whole[..44 + (whole.len() - 44) / 2 / 8 * 8]).unwrap();
    let measure = |arguments: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_adem")).arg("measure").arg(&path).args(arguments).output().unwrap()
    };
    let ran = measure(&[]);
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success() && said.contains("cut.wav is cut off: only 1."), "{said}");
    assert!(String::from_utf8_lossy(&ran.stdout).contains("LUFS"));
    let document: serde_json::Value = serde_json::from_slice(&measure(&["--json"]).stdout).unwrap();
    assert!(document["files"][0]["frames"].as_u64().unwrap() > 70_000, "{document}");
    assert_eq!(document["files"][0]["damage"].as_array().unwrap().len(), 1, "{document}");
    // Of a file without any sound nothing can be measured.
    std::fs::write(&path, &whole[..44]).unwrap();
    assert!(!measure(&[]).status.success());
}
