using System.Text;

namespace Dendrite.Storage.Assertions.Sandbox;

/// <summary>Rows on their way into a table of a sandbox.</summary>
public sealed class SandboxFill(TextWriter copy) : IAsyncDisposable
{
    private readonly StringBuilder line = new();

    /// <summary>How many characters were written.</summary>
    public long Length { get; private set; }

    /// <summary>Adds a row: values in the order of the columns, at least one, as PostgreSQL reads them.</summary>
    public async Task WriteAsync(IEnumerable<string?> values)
    {
        line.Clear();
        foreach (var value in values)
        {
            Append(value);
            line.Append('\t');
        }

        line[^1] = '\n';
        Length += line.Length;
        foreach (var chunk in line.GetChunks())
        {
            await copy.WriteAsync(chunk);
        }
    }

    public ValueTask DisposeAsync() => copy.DisposeAsync();

    /// <summary>The text format of COPY: a backslash stands before what would end a value.</summary>
    private void Append(string? value)
    {
        if (value is null)
        {
            line.Append("\\N");
            return;
        }

        if (value.AsSpan().IndexOfAny("\\\t\n\r") < 0)
        {
            line.Append(value);
            return;
        }

        foreach (var character in value)
        {
            line.Append(
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
