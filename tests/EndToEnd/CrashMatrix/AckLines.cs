namespace Dendrite.EndToEnd.CrashMatrix;

/// <summary>An acknowledgement that a gateway wrote down.</summary>
internal readonly record struct AckLine(string Stream, long ThroughSample, long Version);

/// <summary>
/// The journal of the gateways' process. A kill may tear its last line; that one was not told to anybody.
/// </summary>
internal sealed class AckLines(string path)
{
    /// <summary>Whole lines so far.</summary>
    public async Task<int> CountAsync(CancellationToken cancellation) => (await ReadAsync(cancellation)).Count;

    public async Task<IReadOnlyList<AckLine>> ReadAsync(CancellationToken cancellation)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var text = await reader.ReadToEndAsync(cancellation);
        List<AckLine> lines = [];
        foreach (var line in text.Split('\n')[..^1])
        {
            // Where a kill tore a line, the next process began in the middle of it.
            if (
                line.Split(' ') is [var stream, var through, var version]
                && stream.StartsWith("projects/", StringComparison.Ordinal)
            )
            {
                lines.Add(new(stream, long.Parse(through), long.Parse(version)));
            }
        }

        return lines;
    }
}
