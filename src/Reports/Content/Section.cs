namespace Dendrite.Reports.Content;

/// <summary>
/// A part of a report as content: what HTML and Markdown both write, so that neither says what the other does not.
/// All
/// text is plain; each form escapes it.
/// </summary>
/// <param name="Id">Names it within the document, in lower-case letters.</param>
internal sealed record Section(string Id, string Title, IReadOnlyList<Block> Blocks);

/// <summary>A piece of a section.</summary>
internal abstract record Block;

/// <summary>The title of what follows.</summary>
internal sealed record Heading(string Text) : Block;

internal sealed record Paragraph(string Text) : Block;

internal sealed record Bullets(IReadOnlyList<string> Items) : Block;

/// <summary>A table; its first column names the rows.</summary>
/// <param name="Caption">What it shows, in a sentence without its full stop.</param>
internal sealed record Table(
    string Caption,
    IReadOnlyList<TableColumn> Columns,
    IReadOnlyList<IReadOnlyList<string>> Rows
) : Block
{
    /// <summary>Whether a screen shows it only when it is asked for; on paper it is always there.</summary>
    public bool IsFolded { get; init; }

    /// <summary>
    /// Whether a phone shows each row as a list of its own, since its last cell is sentences: side by side it would be
    /// cut there.
    /// </summary>
    public bool IsStacked { get; init; }
}

/// <param name="IsNumber">Whether its cells are figures, which are set flush right.</param>
internal sealed record TableColumn(string Title, bool IsNumber = false)
{
    /// <summary>Whether its cells are sentences, which need room also on a phone.</summary>
    public bool IsText { get; init; }

    public static implicit operator TableColumn(string title) => new(title);

    public static TableColumn Text(string title) => new(title) { IsText = true };

    public static TableColumn Number(string title) => new(title, true);
}

/// <summary>Pictures that belong together: side by side where there is room.</summary>
internal sealed record Figures(IReadOnlyList<Figure> Items) : Block;

/// <summary>A picture.</summary>
/// <param name="Description">What is to be seen in it, for those who do not.</param>
/// <param name="Svg">Its markup, safe to stand in a page.</param>
internal sealed record Figure(string Title, string Description, string Svg);
