using System.Text;

namespace Dendrite.Reports.Markup;

/// <summary>
/// Writes HTML and SVG: every text and every value of an attribute is escaped, and what is opened is closed. Names of
/// elements and attributes are the code's own. Not thread-safe.
/// </summary>
internal sealed class MarkupWriter
{
    private readonly StringBuilder markup = new();
    private readonly Stack<string> open = new();

    /// <summary>Opens an element.</summary>
    public MarkupWriter Open(string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Begin(name, attributes);
        markup.Append('>');
        open.Push(name);
        return this;
    }

    /// <summary>An element that has no content: <c>/&gt;</c> of SVG, which HTML takes for its void elements.</summary>
    public MarkupWriter Empty(string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        Begin(name, attributes);
        markup.Append("/>");
        return this;
    }

    /// <summary>An element with text.</summary>
    public MarkupWriter Element(
        string name,
        string text,
        params ReadOnlySpan<(string Name, string Value)> attributes
    ) => Open(name, attributes).Text(text).Close();

    public MarkupWriter Text(string text)
    {
        markup.Append(MarkupText.Escape(text));
        return this;
    }

    /// <summary>Markup of another writer.</summary>
    public MarkupWriter Raw(string other)
    {
        markup.Append(other);
        return this;
    }

    /// <summary>Ends a line of the source, for those who read it.</summary>
    public MarkupWriter Line()
    {
        markup.Append('\n');
        return this;
    }

    public MarkupWriter Close()
    {
        markup.Append("</").Append(open.Pop()).Append('>');
        return this;
    }

    /// <exception cref="InvalidOperationException">Something is open.</exception>
    public override string ToString() =>
        open.Count == 0 ? markup.ToString() : throw new InvalidOperationException($"<{open.Peek()}> is open.");

    private void Begin(string name, ReadOnlySpan<(string Name, string Value)> attributes)
    {
        markup.Append('<').Append(name);
        foreach (var attribute in attributes)
        {
            markup.Append(' ').Append(attribute.Name).Append("=\"");
            markup.Append(MarkupText.Escape(attribute.Value)).Append('"');
        }
    }
}
