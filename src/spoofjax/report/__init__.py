"""Everything that draws or writes a report: HTML, Markdown, tables, pictures."""
