using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Reading;

/// <summary><c>dendrite overview STREAM</c>.</summary>
internal static class OverviewCommand
{
    private const int DefaultBuckets = 60;

    /// <summary>From still to lively.</summary>
    private const string Levels = "▁▂▃▄▅▆▇█";

    public static Command Build(CliApplication application)
    {
        var stream = new Argument<string>("STREAM") { Description = "Id of the stream." };
        var branch = StreamsCommand.BranchOption();
        var at = SnapshotOption.Create();
        var window = new WindowOptions();
        var buckets = new Option<int>("--buckets")
        {
            Description = "Into how many parts of equal length, 1 to 10,000.",
            DefaultValueFactory = _ => DefaultBuckets,
            HelpName = "COUNT",
        };
        var exact = new Option<bool>("--exact")
        {
            Description = "Exact edges, at the cost of decoding the blocks that they cut.",
        };
        var command = new Command(
            "overview",
            "Show at a glance where a recording is lively, still or missing, without reading its samples."
        )
        {
            stream,
            branch,
            at,
        };
        window.AddTo(command);
        command.Add(buckets);
        command.Add(exact);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                var request = new ReadOverviewRequest
                {
                    Stream = session.StreamName(branch, stream),
                    At = SnapshotOption.Read(session, at),
                    Channels = { window.Channels(session) },
                    BucketCount = arguments.GetRequiredValue(buckets),
                    Exact = arguments.GetValue(exact),
                };
                if (await window.RangeAsync(session, request.Stream, request.At, cancellationToken) is { } range)
                {
                    request.Samples = range;
                }
                using var call = session.Platform.Query.ReadOverview(request, cancellationToken: cancellationToken);
                await WriteAsync(session.Output, call.ResponseStream, cancellationToken);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static async Task WriteAsync(
        CliOutput output,
        IAsyncStreamReader<ReadOverviewResponse> responses,
        CancellationToken cancellationToken
    )
    {
        var table = new TextTable("CHANNEL", "MIN", "MAX", "MEAN", "UNIT", "PEAK TO PEAK");
        OverviewHeader header = new();
        var row = 0;
        while (await responses.MoveNext(cancellationToken))
        {
            if (output.IsJson)
            {
                output.WriteMessage(responses.Current);
            }
            else if (responses.Current.Header is { } first)
            {
                header = first;
            }
            else
            {
                table.Add(ToRow(responses.Current.Channel, header.Channels[row++].Unit));
            }
        }
        if (output.IsJson)
        {
            return;
        }
        if (header.BucketEnds.Count == 0)
        {
            output.WriteLine("No samples there.");
            return;
        }
        table.WriteTo(output);
    }

    private static string[] ToRow(ChannelOverview channel, string unit)
    {
        var filled = Enumerable.Range(0, channel.Counts.Count).Where(i => channel.Counts[i] > 0).ToArray();
        if (filled.Length == 0)
        {
            return [channel.Channel, "", "", "", unit, new string(' ', channel.Counts.Count)];
        }
        double mean = filled.Sum(i => channel.Means[i] * channel.Counts[i]) / filled.Sum(i => channel.Counts[i]);
        return
        [
            channel.Channel,
            $"{filled.Min(i => channel.Minimums[i]):0.###}",
            $"{filled.Max(i => channel.Maximums[i]):0.###}",
            $"{mean:0.###}",
            unit,
            Draw(channel),
        ];
    }

    /// <summary>One sign a bucket, by its span beside the widest of the channel; a blank where samples are
    /// missing.</summary>
    private static string Draw(ChannelOverview channel)
    {
        double[] spans = [.. channel.Maximums.Zip(channel.Minimums, (most, least) => most - least)];
        double widest = spans.Where(double.IsFinite).DefaultIfEmpty(0).Max();
        return string.Concat(
            spans.Select(span =>
                double.IsNaN(span) ? ' ' : Levels[widest > 0 ? (int)(span / widest * (Levels.Length - 1)) : 0]
            )
        );
    }
}
