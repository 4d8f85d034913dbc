using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Reading;

/// <summary>Which samples of which channels: <c>--from</c>, <c>--to</c>, <c>--channels</c>.</summary>
internal sealed class WindowOptions
{
    private readonly Option<long> from = new("--from")
    {
        Description = "Index of the first sample.",
        HelpName = "SAMPLE",
    };

    private readonly Option<long?> to = new("--to")
    {
        Description = "Index after the last sample; the end without it.",
        HelpName = "SAMPLE",
    };

    private readonly Option<string[]> channels = new("--channels")
    {
        Description = "Labels of the channels, separated by commas; all without it.",
        HelpName = "LABEL,...",
        CustomParser = ListArgument.Parse,
    };

    public void AddTo(Command command)
    {
        command.Add(from);
        command.Add(to);
        command.Add(channels);
    }

    public string[] Channels(Session session) => session.Arguments.GetValue(channels) ?? [];

    /// <summary>Both ends as they were given.</summary>
    public (long From, long? To) Limits(Session session) =>
        (session.Arguments.GetValue(from), session.Arguments.GetValue(to));

    /// <summary>
    /// The range; null for all. A range needs both ends; the end that was not given is the stream's.
    /// </summary>
    public async Task<SampleRange?> RangeAsync(
        Session session,
        string stream,
        SnapshotPoint? at,
        CancellationToken cancellationToken
    )
    {
        var (first, end) = (session.Arguments.GetValue(from), session.Arguments.GetValue(to));
        if (first == 0 && end is null)
        {
            return null;
        }
        if (end is null)
        {
            var found = await session.Platform.Query.GetStreamAsync(
                new GetStreamRequest { Name = stream, At = at },
                cancellationToken: cancellationToken
            );
            end = found.Stream.EndSample;
        }
        return new() { StartSample = first, EndSample = end.Value };
    }
}
