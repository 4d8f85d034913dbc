using Dendrite.Cli.Connection;
using Dendrite.Cli.Output;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats;
using Dendrite.Signals.Formats.Csv;
using Dendrite.Signals.Formats.Edf.Export;
using Dendrite.Signals.Formats.Raw;
using Dendrite.V1;

namespace Dendrite.Cli.Export;

/// <summary>What may be done to a recording on its way into a file.</summary>
internal sealed record ExportChanges(bool Digital, bool Scale, bool Fill, bool Shorten, RawLayout Layout);

/// <summary>Writes a recording to a stream of bytes in one of the formats.</summary>
internal sealed class RecordingExport(
    Platform platform,
    StoredRecording recording,
    IReadOnlyList<SelectedStream> selected,
    SnapshotPoint? at,
    ExportChanges changes
)
{
    /// <returns>What the format is called, and what the file does not say.</returns>
    /// <exception cref="ExportRefusedException">The format cannot hold it.</exception>
    public async Task<(string Format, IReadOnlyList<string> Warnings)> WriteAsync(
        ExportFormat format,
        CliOutput output,
        Stream target,
        CancellationToken cancellationToken
    )
    {
        long samples = recording.Recording.Streams[0].SampleCount;
        if (format == ExportFormat.Csv)
        {
            var options = new CsvExportOptions
            {
                Digital = changes.Digital,
                FirstSample = selected[0].Range.StartSample,
            };
            var csv = new CsvExport(recording, stream: 0, options);
            await ExportView.ShowAsync(output, samples, bar => csv.WriteAsync(target, bar, cancellationToken));
            return ("CSV", Left());
        }
        if (format == ExportFormat.Raw)
        {
            var raw = new RawExport(recording, stream: 0, changes.Layout);
            await ExportView.ShowAsync(output, samples, bar => raw.WriteAsync(target, bar, cancellationToken));
            return ("raw", []);
        }
        var plan = await EdfExport.PlanAsync(
            recording,
            await OptionsAsync(format, cancellationToken),
            cancellationToken
        );
        await ExportView.ShowAsync(output, plan.FileBytes, bar => plan.WriteAsync(target, bar, cancellationToken));
        return (plan.Header.FormatName, plan.Warnings);
    }

    private string[] Left()
    {
        int notes = recording.Recording.Streams[0].Annotations.Count;
        return notes == 0
            ? []
            :
            [
                $"{Figures.Count(notes, "annotation is", "annotations are")} not in the file: "
                    + "'dendrite annotations' lists them.",
            ];
    }

    private async Task<EdfExportOptions> OptionsAsync(ExportFormat format, CancellationToken cancellationToken) =>
        new()
        {
            Width = format.Width!.Value,
            Variant = format.Variant,
            Fill = changes.Fill,
            Shorten = changes.Shorten,
            Scales = changes.Scale ? await ScalesAsync((int)format.Width.Value, cancellationToken) : new(),
        };

    /// <summary>The physical extremes of the channels whose samples are wider than those of the format.</summary>
    private async Task<Dictionary<(int, int), (double, double)>> ScalesAsync(
        int bytes,
        CancellationToken cancellationToken
    )
    {
        var scales = new Dictionary<(int, int), (double, double)>();
        for (int stream = 0; stream < selected.Count; stream++)
        {
            var channels = recording.Recording.Streams[stream].Channels;
            int[] wide =
            [
                .. Enumerable
                    .Range(0, channels.Count)
                    .Where(i => !channels[i].SampleType.IsInteger() || channels[i].SampleType.SizeBytes() > bytes),
            ];
            if (wide.Length == 0 || recording.Recording.Streams[stream].SampleCount == 0)
            {
                continue;
            }
            var request = new ReadOverviewRequest
            {
                Stream = selected[stream].Stream.Name,
                At = at,
                Samples = selected[stream].Range,
                BucketCount = 1,
                Exact = true,
            };
            request.Channels.Add(wide.Select(i => channels[i].Label));
            using var call = platform.Query.ReadOverview(request, cancellationToken: cancellationToken);
            for (int next = 0; await call.ResponseStream.MoveNext(cancellationToken); )
            {
                if (call.ResponseStream.Current.Channel is { } overview)
                {
                    scales[(stream, wide[next++])] = LimitsOf(overview);
                }
            }
        }
        return scales;
    }

    private static (double Min, double Max) LimitsOf(ChannelOverview overview)
    {
        var (min, max) = (overview.Minimums.FirstOrDefault(0), overview.Maximums.FirstOrDefault(0));
        // A channel of nothing but NaN is refused at its first sample, with the words for it.
        return double.IsFinite(min) && double.IsFinite(max) ? (min, max) : (0, 1);
    }
}
