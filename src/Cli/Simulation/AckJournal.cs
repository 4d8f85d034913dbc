using System.Globalization;

namespace Dendrite.Cli.Simulation;

/// <summary>
/// Writes down each acknowledgement, a line each: <c>stream through_sample version</c>. Outlives a kill, so that it can
/// be held against what is stored. Thread-safe.
/// </summary>
internal sealed class AckJournal : IDisposable
{
    private readonly Lock gate = new();
    private readonly StreamWriter writer;

    public AckJournal(string path)
    {
        // No buffer of this process: what a killed one had written is with the operating system.
        var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        writer = new(file) { AutoFlush = true };
    }

    public void Write(string stream, long throughSample, long version)
    {
        lock (gate)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{stream} {throughSample} {version}\n"));
        }
    }

    public void Dispose() => writer.Dispose();
}
