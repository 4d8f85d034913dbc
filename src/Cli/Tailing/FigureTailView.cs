using System.Globalization;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Tailing;

/// <summary>A line for each channel and second.</summary>
/// <param name="startTime">Of the stream's first sample.</param>
internal sealed class FigureTailView(CliOutput output, Timestamp startTime) : ITailView
{
    private LiveFigures? figures;
    private SampleRate? rate;
    private int labelWidth;

    public Task ShowAsync(TailResponse message, CancellationToken cancellationToken)
    {
        switch (message.MessageCase)
        {
            case TailResponse.MessageOneofCase.Header:
                Begin(message);
                break;
            case TailResponse.MessageOneofCase.Chunk:
                Show(figures!.Add(message.Chunk));
                break;
            default:
                Show(PassedBy(message));
                TailEvents.Show(output, message);
                break;
        }
        return Task.CompletedTask;
    }

    public void Complete()
    {
        if (figures is not null)
        {
            Show(figures.TakeRest());
        }
    }

    public void Dispose() { }

    /// <summary>The first header, one after a lost connection, or one after a reset.</summary>
    private void Begin(TailResponse message)
    {
        var header = message.Header;
        if (figures is not null && figures.Through == header.Range.StartSample)
        {
            return;
        }
        Complete();
        if (output.IsJson)
        {
            output.WriteMessage(message);
        }
        else if (figures is not null)
        {
            output.Warn($"the branch was reset: it goes on at sample {header.Range.StartSample}");
        }
        else
        {
            labelWidth = header.Channels.Max(channel => Math.Max(channel.Label.Length, "CHANNEL".Length));
            string[] names = ["MIN", "MAX", "MEAN", "RMS"];
            output.WriteLine(Line("FROM", "TIME", "CHANNEL", "SAMPLES", names, "UNIT"));
        }
        (figures, rate) = (new(header), header.NominalRate);
    }

    private IEnumerable<LiveFigure> PassedBy(TailResponse message) =>
        message switch
        {
            { Gap: { Channels.Count: 0 } gap } => figures!.Pass(
                gap.Range,
                gap.HasChannelGroup ? gap.ChannelGroup : null
            ),
            { Skipped: { } skipped } => figures!.Pass(skipped, null),
            { Finished: not null } => figures!.TakeRest(),
            _ => [],
        };

    private void Show(IEnumerable<LiveFigure> over)
    {
        foreach (var figure in over)
        {
            if (output.IsJson)
            {
                output.WriteJson(figure, CliJson.Shapes.LiveFigure);
                continue;
            }
            var values = new[] { figure.Minimum, figure.Maximum, figure.Mean, figure.RootMeanSquare };
            output.WriteLine(
                Line(
                    $"{figure.StartSample}",
                    Time(figure.StartSample),
                    figure.Channel,
                    $"{figure.SampleCount}",
                    [.. values.Select(value => value?.ToString("G6", CultureInfo.InvariantCulture) ?? "-")],
                    figure.Unit
                )
            );
        }
    }

    /// <summary>By the nominal rate; nothing for an irregular stream.</summary>
    private string Time(long sample) =>
        rate is { Samples: > 0 }
            ? startTime
                .ToDateTimeOffset()
                .AddSeconds((double)sample * rate.Seconds / rate.Samples)
                .ToString("HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)
            : "";

    private string Line(string from, string time, string channel, string count, string[] figures, string unit)
    {
        string values = string.Concat(figures.Select(value => $"  {value, 12}"));
        string safe = Shown.OnOneLine(channel);
        return $"{from, 12}  {time, -13}  {safe.PadRight(labelWidth)}  {count, 7}{values}  {unit}".TrimEnd();
    }
}
