using System.Text;

namespace Dendrite.Storage.Assertions.Sandbox;

/// <summary>Rows on their way into a table of a sandbox.</summary>
public sealed class SandboxFill(TextWriter copy) : IAsyncDisposable
{
    /// <summary>Characters that are gathered before they are sent.</summary>
    private const int ChunkLength = 64 * 1024;

    private readonly StringBuilder lines = new();
    private long sent;

    /// <summary>How many characters were written.</summary>
    public long Length => sent + lines.Length;

    /// <summary>Adds a row: values in the order of the columns, at least one, as PostgreSQL reads them.</summary>
    public async Task WriteAsync(IEnumerable<string?> values)
    {
        foreach (var value in values)
        {
            Append(value);
            lines.Append('\t');
        }

        // Of a builder of many chunks the last character is found at once, any other by going through them.
        lines.Length--;
        lines.Append('\n');
        if (lines.Length >= ChunkLength)
        {
            await SendAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await SendAsync();
        await copy.DisposeAsync();
    }

    private async Task SendAsync()
    {
        foreach (var chunk in lines.GetChunks())
        {
            await copy.WriteAsync(chunk);
        }

        sent += lines.Length;
        lines.Clear();
    }

    /// <summary>The text format of COPY: a backslash stands before what would end a value.</summary>
    private void Append(string? value)
    {
        if (value is null)
        {
            lines.Append("\\N");
            return;
        }

        if (value.AsSpan().IndexOfAny("\\\t\n\r") < 0)
        {
            lines.Append(value);
            return;
        }

        foreach (var character in value)
        {
            lines.Append(
                character switch
                {
                    '\\' => "\\\\",
                    '\t' => "\\t",
                    '\n' => "\\n",
                    '\r' => "\\r",
                    _ => null,
                } ?? character.ToString()
            );
        }
    }
}
