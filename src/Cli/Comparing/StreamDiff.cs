using System.Globalization;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Comparing;

/// <summary><c>dendrite diff FROM TO --stream ID</c>: where samples differ, and by how much.</summary>
internal static class StreamDiff
{
    /// <returns>Whether anything differs.</returns>
    public static async Task<bool> WriteAsync(
        Session session,
        Comparand comparand,
        string stream,
        CancellationToken cancellationToken
    )
    {
        var request = new DiffStreamRequest
        {
            Project = session.Platform.ProjectName,
            Comparand = comparand,
            StreamId = stream,
            Exact = true,
        };
        var diff = await session.Platform.Comparison.DiffStreamAsync(request, cancellationToken: cancellationToken);
        request.Comparand = DiffCommand.Settle(comparand, diff.Comparand);
        request.PageToken = diff.NextPageToken;
        while (request.PageToken.Length > 0)
        {
            var page = await session.Platform.Comparison.DiffStreamAsync(request, cancellationToken: cancellationToken);
            diff.Ranges.Add(page.Ranges);
            request.PageToken = page.NextPageToken;
        }

        diff.NextPageToken = "";
        var differs = diff.Ranges.Count > 0 || DiffView.Describe(diff.Difference).Length > 0;
        if (!differs && !session.Output.IsJson)
        {
            session.Output.WriteLine("No difference.");
            return false;
        }

        if (session.Output.IsJson)
        {
            session.Output.WriteMessage(diff);
            return differs;
        }

        var from = await ChannelsAsync(session, diff.Difference.From, request.Comparand.From, cancellationToken);
        var to = await ChannelsAsync(session, diff.Difference.To, request.Comparand.To, cancellationToken);
        Write(session.Output, diff, from, to);
        return differs;
    }

    /// <summary>One round trip; none of a stream that is not there, as that of a tag whose branch is gone.</summary>
    private static async Task<SignalChannel[]> ChannelsAsync(
        Session session,
        StreamSummary? summary,
        SnapshotReference side,
        CancellationToken cancellationToken
    )
    {
        if (summary is null)
        {
            return [];
        }

        try
        {
            var request = new GetStreamRequest { Name = summary.Stream, At = side.Point };
            var found = await session.Platform.Query.GetStreamAsync(request, cancellationToken: cancellationToken);
            return [.. found.Stream.Channels];
        }
        catch (RpcException missing) when (missing.StatusCode == StatusCode.NotFound)
        {
            return [];
        }
    }

    private static void Write(CliOutput output, DiffStreamResponse diff, SignalChannel[] from, SignalChannel[] to)
    {
        var view = new DiffView(output);
        view.WriteLine(
            diff.Difference.Side,
            $"stream {diff.Difference.StreamId}  {DiffView.Describe(diff.Difference)}".TrimEnd()
        );
        foreach (var range in diff.Ranges)
        {
            var samples = $"samples {range.Range.StartSample}..{range.Range.EndSample}";
            view.WriteLine(range.Side, samples + GroupOf(range, range.Side == DiffSide.OnlyFrom ? from : to), "  ");
        }

        if (diff.Channels.Count > 0)
        {
            var table = new TextTable("CHANNEL", "DIFFERING", "OF", "FIRST", "LARGEST", "RMS", "UNIT");
            foreach (var channel in diff.Channels)
            {
                table.Add(
                    channel.Channel,
                    Figures.Count(channel.DifferingSamples),
                    Figures.Count(channel.ComparedSamples),
                    channel.HasFirstDifferingSample ? $"{channel.FirstDifferingSample}" : "-",
                    channel.MaximumDifference.ToString("G6", CultureInfo.InvariantCulture),
                    channel.RootMeanSquareDifference.ToString("G6", CultureInfo.InvariantCulture),
                    UnitOf(channel.Channel, from, to)
                );
            }

            table.WriteTo(output);
        }

        output.WriteLine($"read {Figures.Count(diff.ReadBytes, "byte")} of samples");
    }

    /// <summary>Which channels a range is of, where it is not all of them.</summary>
    private static string GroupOf(RangeDifference range, SignalChannel[] channels)
    {
        var group = channels.Where(channel => channel.ChannelGroup == range.ChannelGroup);
        var labels = group.Select(channel => channel.Label).ToArray();
        return labels.Length == channels.Length
            ? ""
            : $" of channel group {range.ChannelGroup} ({Shown.Brief(string.Join(", ", labels), 60)})";
    }

    /// <summary>Empty where it has none.</summary>
    private static string UnitOf(string label, SignalChannel[] from, SignalChannel[] to)
    {
        var units = new[] { from, to }.SelectMany(side => side.Where(channel => channel.Label == label));
        return string.Join(" -> ", units.Select(channel => channel.Unit).Distinct());
    }
}
