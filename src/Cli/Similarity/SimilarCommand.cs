using System.CommandLine;
using Dendrite.Cli.Branches;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;
using Duration = Google.Protobuf.WellKnownTypes.Duration;

namespace Dendrite.Cli.Similarity;

/// <summary><c>dendrite similar STREAM</c>.</summary>
internal sealed class SimilarCommand
{
    private const int MaxPage = 100;

    private readonly Argument<string> stream = new("STREAM") { Description = "Id of the given window's stream." };

    private readonly Option<string> channel = new("--channel")
    {
        Description = "Label of its channel.",
        HelpName = "LABEL",
        Required = true,
    };

    private readonly Option<long> from = new("--from")
    {
        Description = "Index of the window's first sample.",
        HelpName = "SAMPLE",
    };

    private readonly Option<long> to = new("--to")
    {
        Description = "Index after its last sample; at most 10 minutes on.",
        HelpName = "SAMPLE",
        Required = true,
    };

    private readonly Option<string[]> among = new("--in")
    {
        Description = "Where to look: BRANCH, BRANCH@POINT or tag:NAME; may be repeated. The same state without it.",
        HelpName = "SOURCE",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> streams = new("--streams")
    {
        Description = "Which streams to look at, as a filter; all without it.",
        HelpName = "FILTER",
    };

    private readonly Option<int> limit = new("--limit")
    {
        Description = "At most this many windows; 10 without it.",
        DefaultValueFactory = _ => 10,
        HelpName = "N",
    };

    private readonly Option<TimeSpan?> budget = new("--budget")
    {
        Description = "How long to measure what is not kept yet, up to 1m; 5 seconds without it.",
        HelpName = "TIME",
        CustomParser = DurationArgument.Parse,
    };

    private readonly Option<string> branch = StreamsCommand.BranchOption();

    private readonly Option<string?> at = SnapshotOption.Create();

    private SimilarCommand() { }

    public static Command Build(CliApplication application)
    {
        var similar = new SimilarCommand();
        var command = new Command("similar", "Find the windows of recordings that are most like a given one.")
        {
            similar.stream,
            similar.branch,
            similar.at,
            similar.channel,
            similar.from,
            similar.to,
            similar.among,
            similar.streams,
            similar.limit,
            similar.budget,
        };
        application.Bind(command, similar.RunAsync);
        return command;
    }

    private async Task<ExitCode> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var wanted = session.Arguments.GetValue(limit);
        if (wanted < 1)
        {
            throw new CliException(ExitCode.Usage, "USAGE", $"--limit {wanted} asks for nothing; give 1 or more.");
        }

        var request = Read(session);
        var answer = new QuerySimilarWindowsResponse();
        do
        {
            request.PageSize = Math.Min(MaxPage, wanted - answer.Windows.Count);
            var page = await session.Platform.Experiments.QuerySimilarWindowsAsync(
                request,
                cancellationToken: cancellationToken
            );
            answer.Windows.Add(page.Windows);
            (answer.Complete, answer.ScannedWindows) = (page.Complete, page.ScannedWindows);
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0 && answer.Windows.Count < wanted);
        SimilarView.Write(session.Output, answer);
        return ExitCode.Success;
    }

    private QuerySimilarWindowsRequest Read(Session session)
    {
        var arguments = session.Arguments;
        var request = new QuerySimilarWindowsRequest
        {
            Stream = session.StreamName(branch, stream),
            At = SnapshotOption.Read(session, at),
            Channel = arguments.GetRequiredValue(channel),
            Window = new() { StartSample = arguments.GetValue(from), EndSample = arguments.GetValue(to) },
            StreamFilter = arguments.GetValue(streams) ?? "",
            Budget = arguments.GetValue(budget) is { } time ? Duration.FromTimeSpan(time) : null,
        };
        var sides = arguments.GetRequiredValue(among);
        request.Snapshots.AddRange(sides.Select(side => SnapshotArgument.ReadReference(session.Platform, side)));
        return request;
    }
}
