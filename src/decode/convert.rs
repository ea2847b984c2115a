//! The command that converts a recording which adem does not read.

/// The command of ffmpeg that writes the recording at `path` in a format that adem reads, for a shell: beside it, or, as a
/// WAV goes before other formats of the same take, in the place of a WAV.
pub fn convert_command(path: &str) -> String {
    converted(path, "")
}

/// The same for a recording at a rate that adem does not read: the new file has 48 kHz.
pub(super) fn resample_command(path: &str) -> String {
    converted(path, " -ar 48000")
}

fn converted(path: &str, options: &str) -> String {
    let (folder, stem, ending) = parts(path);
    let old = quoted(path);
    if ending.eq_ignore_ascii_case("wav") {
        let new = quoted(&format!("{folder}{stem}.new.wav"));
        return format!("ffmpeg -i {old} -map a:0{options} -c:a pcm_s24le {new} && mv {new} {old}");
    }
    let new = if ending.eq_ignore_ascii_case("flac") { "wav" } else { "flac" };
    format!("ffmpeg -i {old} -map a:0{options} {}", quoted(&format!("{folder}{stem}.{new}")))
}

/// The same for an MP3 of free format, which ffmpeg does not read.
pub(super) fn free_format_command(path: &str) -> String {
    let (folder, stem, ending) = parts(path);
    let new = if ending.eq_ignore_ascii_case("wav") { "-whole.wav" } else { ".wav" };
    format!("mpg123 -w {} {}", quoted(&format!("{folder}{stem}{new}")), quoted(path))
}

/// The folder with its `/`, the stem and the ending of a path.
fn parts(path: &str) -> (&str, &str, &str) {
    let (folder, name) =
        path.rsplit_once('/').map_or(("", path), |(folder, name)| (&path[..=folder.len()], name));
    let (stem, ending) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).unwrap_or((name, ""));
    (folder, stem, ending)
}

/// A word of a shell: as it is where no shell takes any character for anything else, otherwise in single quotes. A name
/// that begins with a hyphen is not taken for an option.
fn quoted(path: &str) -> String {
    let path = if path.starts_with('-') { format!("./{path}") } else { path.to_owned() };
    let plain = |c: char| c.is_alphanumeric() || "/._-+,@%".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        path
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_writes_beside_the_file_and_names_are_quoted() {
        assert_eq!(convert_command("a/b.c/d.amr"), "ffmpeg -i a/b.c/d.amr -map a:0 a/b.c/d.flac");
        assert_eq!(convert_command("d"), "ffmpeg -i d -map a:0 d.flac");
        assert_eq!(convert_command("é/x.FLAC"), "ffmpeg -i é/x.FLAC -map a:0 é/x.wav");
        assert_eq!(convert_command("it's $1.wma"), r"ffmpeg -i 'it'\''s $1.wma' -map a:0 'it'\''s $1.flac'");
        assert_eq!(convert_command("-y.amr"), "ffmpeg -i ./-y.amr -map a:0 ./-y.flac");
        let into = "-c:a pcm_s24le a/b.new.wav && mv a/b.new.wav a/b.wav";
        assert_eq!(convert_command("a/b.wav"), format!("ffmpeg -i a/b.wav -map a:0 {into}"));
        assert_eq!(resample_command("a/b.wav"), format!("ffmpeg -i a/b.wav -map a:0 -ar 48000 {into}"));
        assert_eq!(free_format_command("a/b.mp3"), "mpg123 -w a/b.wav a/b.mp3");
    }
}
