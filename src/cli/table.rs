//! Tables in a terminal. A cell is as wide as it is shown: a Han character takes two columns, a combining mark none.

use unicode_width::UnicodeWidthStr;

/// Rows of cells in columns two spaces apart. The first `left` columns are aligned left, the others right.
pub(super) fn columns<const N: usize>(rows: &[[String; N]], left: usize) -> String {
    let widths: [usize; N] =
        std::array::from_fn(|column| widest(rows.iter().map(|row| row[column].as_str())));
    let align = |(column, cell): (usize, &String)| {
        if column < left { pad_end(cell, widths[column]) } else { pad_start(cell, widths[column]) }
    };
    let line = |row: &[String; N]| {
        let cells: Vec<_> = row.iter().enumerate().map(align).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// The columns of the widest cell; 0 without any.
pub(super) fn widest<'a>(cells: impl Iterator<Item = &'a str>) -> usize {
    cells.map(UnicodeWidthStr::width).max().unwrap_or(0)
}

/// The first words of a text, of at most so many letters.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let some: String = text.chars().take(most - 1).collect();
    format!("{}…", some.trim_end())
}

/// Text with spaces after it, to a number of columns.
pub(super) fn pad_end(text: &str, columns: usize) -> String {
    format!("{text}{}", spaces(text, columns))
}

/// Text with spaces before it, to a number of columns.
pub(super) fn pad_start(text: &str, columns: usize) -> String {
    format!("{}{text}", spaces(text, columns))
}

fn spaces(text: &str, columns: usize) -> String {
    " ".repeat(columns.saturating_sub(text.width()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns_and_combining_marks_none() {
        let rows = [["name", "s"], ["呼吸.wav", "1.5"], ["cafe\u{301}.wav", "12.5"], ["한국어", "2"]];
        assert_eq!(
            columns(&rows.map(|row| row.map(str::to_owned)), 1),
            "name         s\n呼吸.wav   1.5\ncafe\u{301}.wav  12.5\n한국어       2\n"
        );
    }

    #[test]
    fn a_table_without_rows_is_empty() {
        assert_eq!(columns::<3>(&[], 1), "");
    }
}
