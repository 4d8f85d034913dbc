namespace Dendrite.Cli.Demo;

/// <summary>How a demonstration went, as JSON mode prints it.</summary>
/// <param name="Held">Whether every check held.</param>
/// <param name="Recording">The file, or what was made instead.</param>
/// <param name="Branches">The two branches; the second is deleted at the end.</param>
/// <param name="Checks">What was checked, in order.</param>
/// <param name="SampleCount">Samples sent, all channels together.</param>
/// <param name="RawBytes">Bytes of those samples as they are in the file.</param>
/// <param name="StoredBytes">Bytes that they take as stored.</param>
/// <param name="WriteSeconds">From the first message to the last acknowledgement, all durable.</param>
/// <param name="ReadSeconds">To read all of it back and compare it.</param>
internal sealed record DemoReport(
    bool Held,
    string Recording,
    IReadOnlyList<string> Branches,
    IReadOnlyList<DemoCheck> Checks,
    long SampleCount,
    long RawBytes,
    long StoredBytes,
    double WriteSeconds,
    double ReadSeconds
);

/// <param name="Name">What was checked.</param>
/// <param name="Held">Whether it held.</param>
/// <param name="Detail">What was found.</param>
internal sealed record DemoCheck(string Name, bool Held, string Detail);
