using System.Globalization;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;

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

        Write(session.Output, diff);
        return differs;
    }

    private static void Write(CliOutput output, DiffStreamResponse diff)
    {
        if (output.IsJson)
        {
            output.WriteMessage(diff);
            return;
        }

        var view = new DiffView(output);
        view.WriteLine(
            diff.Difference.Side,
            $"stream {diff.Difference.StreamId}  {DiffView.Describe(diff.Difference)}"
        );
        foreach (var range in diff.Ranges)
        {
            view.WriteLine(range.Side, $"samples {range.Range.StartSample}..{range.Range.EndSample}", "  ");
        }

        if (diff.Channels.Count > 0)
        {
            var table = new TextTable("CHANNEL", "DIFFERING", "OF", "FIRST", "LARGEST", "RMS");
            foreach (var channel in diff.Channels)
            {
                table.Add(
                    channel.Channel,
                    Figures.Count(channel.DifferingSamples),
                    Figures.Count(channel.ComparedSamples),
                    channel.HasFirstDifferingSample ? $"{channel.FirstDifferingSample}" : "-",
                    channel.MaximumDifference.ToString("G6", CultureInfo.InvariantCulture),
                    channel.RootMeanSquareDifference.ToString("G6", CultureInfo.InvariantCulture)
                );
            }

            table.WriteTo(output);
        }

        output.WriteLine($"read {Figures.Count(diff.ReadBytes, "byte")} of samples");
    }
}
