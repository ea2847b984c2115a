//! The command that converts a recording which adem does not read.

/// The command of ffmpeg that writes the recording at `path` in a format that adem reads, beside it, for a shell.
pub fn convert_command(path: &str) -> String {
    let (folder, name) =
        path.rsplit_once('/').map_or(("", path), |(folder, name)| (&path[..=folder.len()], name));
    let (stem, ending) = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).unwrap_or((name, ""));
    let new = if ending.eq_ignore_ascii_case("flac") { "wav" } else { "flac" };
    format!("ffmpeg -i {} -map a:0 {}", quoted(path), quoted(&format!("{folder}{stem}.{new}")))
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
    }
}
