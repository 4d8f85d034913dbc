using System.Text.RegularExpressions;
using Dendrite.Client.Appending;
using Dendrite.Client.Connection;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.EndToEnd.Documents;

/// <summary>The README's example in C#: compiled, run, and the same as in the README but for white space.</summary>
public sealed partial class CSharpExampleTests(Platform platform) : IClassFixture<Platform>
{
    [Fact]
    public async Task The_example_streams_ten_seconds_that_are_durable()
    {
        var (ingestUrl, apiKey) = (platform.IngestAddress, Platform.Key);
        var start = DateTimeOffset.UnixEpoch.AddYears(56);
        var cancellation = TestContext.Current.CancellationToken;
        await platform.CreateBranchAsync("motor-imagery-1");

        // README: from here
        await using var lab = new DendriteConnection(new() { IngestAddresses = [ingestUrl], ApiKey = apiKey });
        var stream = new SignalStream
        {
            NominalRate = new() { Samples = 250, Seconds = 1 },
            StartTime = start.ToTimestamp(),
        };
        stream.Channels.Add(
            new SignalChannel
            {
                Label = "C3",
                Unit = "uV",
                SampleType = SampleType.Int16,
                Scale = 0.1,
            }
        );
        var options = new WriterOptions
        {
            Stream = "projects/lab/branches/motor-imagery-1/streams/csharp",
            Descriptor = stream,
        };
        await using var writer = await lab.OpenWriterAsync(options, cancellation);
        for (var second = 0; second < 10; second++)
        {
            await writer.WriteAsync(ReadSecond(), cancellation); // 250 samples, as the device gives them
        }
        var closed = await writer.CompleteAsync(finish: true, cancellation);
        // README: to here

        Assert.Equal(2_500, closed.ThroughSample);
    }

    [Fact]
    public void The_README_shows_what_runs_here()
    {
        var own = Repository.Read("tests/EndToEnd/Documents/CSharpExampleTests.cs");
        Assert.Equal(Condensed(Repository.Block("README.md", "csharp")), Condensed(FromHereToHere().Match(own).Value));
    }

    private static short[] ReadSecond() =>
        [.. Enumerable.Range(0, 250).Select(i => (short)(1_000 * Math.Sin(i / 5.0)))];

    /// <summary>
    /// Without white space, and without the commas that the formatter puts at the ends of broken lists.
    /// </summary>
    private static string Condensed(string code) =>
        WhiteSpace().Replace(code, "").Replace(",}", "}").Replace(",)", ")");

    [GeneratedRegex(@"(?<=// README: from here\n).*(?=\n\s*// README: to here\n)", RegexOptions.Singleline, 1_000)]
    private static partial Regex FromHereToHere();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1_000)]
    private static partial Regex WhiteSpace();
}
