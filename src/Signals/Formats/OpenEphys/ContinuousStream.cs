using System.Globalization;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.OpenEphys;

/// <summary>The channels of a stream, each in a file of its own, checked against each other.</summary>
internal sealed record ContinuousStream(
    ListedStream Listed,
    IReadOnlyList<ContinuousFile> Files,
    IReadOnlyList<RecordedChannel> Channels
)
{
    /// <summary>Recordings are listed from 1 on and numbered from 0 on in records.</summary>
    public bool IsOfRecording(int number) => Listed.Recording == 0 || number == Listed.Recording - 1;

    /// <summary>
    /// Opens the files that are there and have samples of the recording; those that have not are named in warnings.
    /// Null where none has.
    /// </summary>
    /// <exception cref="RecordingFormatException">They hold different samples.</exception>
    public static async Task<ContinuousStream?> OpenAsync(
        ListedStream listed,
        IRecordingFiles files,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        var opened = new List<ContinuousFile>();
        var channels = new List<RecordedChannel>();
        var labels = new UniqueLabels(warnings);
        int? number = listed.Recording == 0 ? null : listed.Recording - 1;
        foreach (var channel in listed.Channels)
        {
            await using var stream = files.Find(channel.File);
            if (stream is null)
            {
                string message = $"'{channel.File}' is not beside this file; its channel is left out.";
                warnings.Add(RecordingWarningKind.CompanionMissing, $"channel '{channel.Name}'", 0, message);
                continue;
            }
            var file =
                stream.Length < ContinuousFile.HeaderBytes
                    ? null
                    : await ContinuousFile.OpenAsync(stream, channel.File, number, warnings, cancellationToken);
            if (file is null || file.Runs.Present == 0)
            {
                string which = listed.Recording == 0 ? "" : $" of recording {listed.Recording}";
                string message = $"No record{which} is in it; its channel is left out.";
                warnings.Add(
                    RecordingWarningKind.RecordsMissing,
                    $"channel '{channel.Name}'",
                    0,
                    message,
                    channel.File
                );
                continue;
            }
            opened.Add(file);
            channels.Add(Channel(channel, file, labels, channels.Count, warnings));
        }
        if (opened.Count == 0)
        {
            return null;
        }
        Align(opened, warnings);
        return new(listed, opened, channels);
    }

    private static RecordedChannel Channel(
        ListedChannel channel,
        ContinuousFile file,
        UniqueLabels labels,
        int index,
        RecordingWarnings warnings
    )
    {
        var field = new FieldText($"channel '{channel.Name}'", 0, channel.Name, file.Name);
        bool hasScale = double.TryParse(file.Header("bitVolts"), CultureInfo.InvariantCulture, out double bitVolts);
        double? scale = channel.BitVolts ?? (hasScale && double.IsFinite(bitVolts) && bitVolts != 0 ? bitVolts : null);
        if (scale is null)
        {
            warnings.Add(RecordingWarningKind.Uncalibrated, field.Name, 0, "No bitVolts; taken as 1.", file.Name);
        }
        return new(labels.Make(channel.Name, index, field), SampleType.Int16)
        {
            Unit = scale is null ? "" : OpenEphysUnits.Of(channel.Name),
            Scale = scale ?? 1,
        };
    }

    private static void Align(List<ContinuousFile> opened, RecordingWarnings warnings)
    {
        long present = opened.Min(file => file.Runs.Present);
        foreach (var file in opened)
        {
            if (file.Runs.Present > present)
            {
                string message =
                    $"{file.Runs.Present} samples where another channel has {present}; the rest is not read.";
                warnings.Add(RecordingWarningKind.RecordsMissing, "records", 0, message, file.Name);
                file.Runs.Cut(present);
            }
            if (file.RecordSamples != opened[0].RecordSamples || !file.Runs.Runs.SequenceEqual(opened[0].Runs.Runs))
            {
                throw new RecordingFormatException(
                    "timestamp",
                    ContinuousFile.HeaderBytes,
                    $"Its samples are not those of {opened[0].Name}. Import the file by itself.",
                    file.Name
                );
            }
        }
        opened[0].Runs.Warn(warnings);
    }
}
