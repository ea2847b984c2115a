//! What people send: recordings as phones, browsers, recorders and command lines write them, made here with ffmpeg, lame,
//! opusenc, oggenc, sox and a few bytes by hand, and held against what ffmpeg makes of them. Nothing is fetched; what a
//! tool would make that is not installed is skipped aloud.

use std::io::Cursor;
use std::path::{Path, PathBuf};
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

#[test]
fn the_cases_are_read_whole() {
    for (name, frames) in [
        ("03-no-eos-flag.ogg", 22_050),
        ("03-no-eos-flag.opus", 24_000),
        ("04-granule-starts-at-104.ogg", 0),
        ("04-granule-starts-at-104.opus", 0),
        ("05-stream-like-espeak-ng-stdout.wav", 11_025),
        ("05-stream-like-mpg123-w-.wav", 11_025),
        ("12-rf64.wav", 11_025),
        ("17-ulaw-fmt20.wav", 0),
    ] {
        let ours = decode(&case(name)).unwrap_or_else(|error| panic!("{name} {error}"));
        let theirs = by_ffmpeg(&case(name)).map(|theirs| (theirs.frames(), theirs.loudness()));
        eprintln!("{name}: {} {frames} {:?} {theirs:?} {}", ours.frames(), ours.flaws, ours.loudness());
    }
    let ours = decode(&case("01-joined.mp3")).unwrap();
    eprintln!("joined: {} {:?}", ours.frames(), ours.flaws);
    let ours = decode(&case("10-one-wild-float-sample.wav")).unwrap();
    eprintln!("wild: {} {:?} {}", ours.frames(), ours.flaws, ours.loudness());
}

#[test]
fn probe_many() {
    let _ = PathBuf::new();
    let stereo = wav(44_100, 2);
    let mono = wav(48_000, 1);
    for (name, input, arguments, ending) in [
        ("rf64", &stereo, "-rf64 always", "wav"),
        ("w64", &stereo, "", "w64"),
        ("ulaw", &mono, "-c:a pcm_mulaw -ar 8000", "wav"),
        ("alaw", &mono, "-c:a pcm_alaw", "wav"),
        ("s24", &stereo, "-c:a pcm_s24le", "wav"),
        ("f64", &stereo, "-c:a pcm_f64le", "wav"),
        ("s64", &stereo, "-c:a pcm_s64le", "wav"),
        ("u8", &stereo, "-c:a pcm_u8", "wav"),
        ("aiff", &stereo, "", "aiff"),
        ("aifc f32", &stereo, "-c:a pcm_f32be", "aiff"),
        ("aifc sowt", &stereo, "-c:a pcm_s16le", "aiff"),
        ("aifc ulaw", &stereo, "-c:a pcm_mulaw", "aiff"),
        ("caf", &stereo, "", "caf"),
        ("caf alac", &stereo, "-c:a alac", "caf"),
        ("caf aac", &stereo, "-c:a aac", "caf"),
        ("caf f32", &stereo, "-c:a pcm_f32le", "caf"),
        ("alac", &stereo, "-c:a alac", "m4a"),
        ("alac24", &stereo, "-c:a alac -sample_fmt s32p", "m4a"),
        ("aac", &stereo, "-c:a aac", "m4a"),
        ("adts", &stereo, "-c:a aac", "aac"),
        ("flac", &stereo, "-c:a flac", "flac"),
        ("flac24", &stereo, "-c:a flac -sample_fmt s32", "flac"),
        ("ogg flac", &stereo, "-c:a flac", "ogg"),
        ("vorbis", &stereo, "-c:a libvorbis", "ogg"),
        ("opus", &stereo, "-c:a libopus", "opus"),
        ("opus 5.1", &stereo, "-c:a libopus -ac 6 -mapping_family 1", "opus"),
        ("vorbis 5.1", &stereo, "-c:a libvorbis -ac 6", "ogg"),
        ("mp3", &stereo, "-c:a libmp3lame", "mp3"),
        ("mp3 no tag", &stereo, "-c:a libmp3lame -write_xing 0", "mp3"),
        ("mp2", &stereo, "-c:a mp2", "mp2"),
        ("mp3 22", &stereo, "-c:a libmp3lame -ar 22050 -b:a 32k", "mp3"),
        ("mp3 8", &mono, "-c:a libmp3lame -ar 8000 -b:a 16k", "mp3"),
        ("mp4 video", &stereo, "-f lavfi -i color=c=blue:s=64x64:d=3 -shortest -c:a aac", "mp4"),
        ("3gp amr", &mono, "-c:a libopencore_amrnb -ar 8000", "3gp"),
        ("webm", &stereo, "-c:a libopus", "webm"),
        ("mka", &stereo, "-c:a flac", "mka"),
        ("fragmented", &stereo, "-c:a aac -movflags frag_keyframe+empty_moov", "mp4"),
        ("adpcm", &stereo, "-c:a adpcm_ms", "wav"),
        ("au", &stereo, "", "au"),
    ] {
        let Some(bytes) = ffmpeg(input, arguments, ending) else { continue };
        let theirs = by_ffmpeg(&bytes).unwrap();
        match decode(&bytes) {
            Ok(ours) => {
                let same = ours.frames() == theirs.frames()
                    && ours.rate == theirs.rate
                    && ours.planes.len() == theirs.planes.len();
                let (a, b) = (ours.loudness(), theirs.loudness());
                let ok = same && (a - b).abs() < 0.1 && ours.flaws.is_empty();
                eprintln!(
                    "{} {name}: {}/{} {}/{} {a:.2}/{b:.2} {:?}",
                    if ok { "ok " } else { "BAD" },
                    ours.frames(),
                    theirs.frames(),
                    ours.planes.len(),
                    theirs.planes.len(),
                    ours.flaws
                );
            }
            Err(error) => eprintln!("ERR {name}: {error}"),
        }
    }
}
