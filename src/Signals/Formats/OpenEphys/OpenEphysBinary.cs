using System.Text.Json;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.OpenEphys;

/// <summary>One continuous stream of a recording in the binary format.</summary>
/// <param name="Name">Of its folder.</param>
/// <param name="Rate">Of its samples.</param>
/// <param name="Channels">In the order of the data file.</param>
/// <param name="Samples">All of one instant, then of the next.</param>
/// <param name="Runs">By the numbers of its samples.</param>
/// <param name="Stamps">
/// Seconds by the clock that all streams of the recording share, at both ends of each run; none where it was not
/// synchronized.
/// </param>
internal sealed record OpenEphysStream(
    string Name,
    RecordedRate Rate,
    IReadOnlyList<RecordedChannel> Channels,
    BinarySamples Samples,
    SampleRuns Runs,
    IReadOnlyList<(long Sample, double Seconds)> Stamps
)
{
    public string DataFile => OpenEphysBinary.DataFile(Name);

    /// <summary>When sample 0 was taken, by the clock of the stamps; null without any.</summary>
    public double? Begin => Stamps.Count == 0 ? null : Stamps[0].Seconds - (double)Rate.SecondsAt(Stamps[0].Sample);

    public decimal OnsetSeconds { get; private init; }

    public IReadOnlyList<RecordedAnchor> Anchors { get; private init; } = [];

    /// <summary>The stream with onset and anchors, in seconds after an instant of the clock of the stamps.</summary>
    public OpenEphysStream CountFrom(double origin) =>
        this with
        {
            OnsetSeconds = Since(Begin ?? origin, origin),
            Anchors =
            [
                .. Stamps.Select(stamp => new RecordedAnchor(stamp.Sample, Since(stamp.Seconds, origin))
                {
                    DeviceSeconds = stamp.Seconds,
                }),
            ],
        };

    private static decimal Since(double seconds, double origin) => decimal.Round((decimal)(seconds - origin), 9);
}

/// <summary>Reads the folders that a <c>structure.oebin</c> names.</summary>
internal sealed class OpenEphysBinary(IRecordingFiles files, RecordingWarnings warnings)
{
    private const int NumbersAtOnce = 64 << 10;

    /// <summary>Files that were there, the header first.</summary>
    public List<string> Names { get; } = [files.MainName];

    /// <summary>
    /// The folders of streams whose samples were not copied along, each with a warning; none where no stream has its
    /// samples.
    /// </summary>
    public async Task<IReadOnlyList<string>> FindMissingAsync(IReadOnlyList<JsonElement> entries)
    {
        var missing = new List<string>();
        foreach (var entry in entries)
        {
            string name = Folder(entry);
            await using var stream = files.Find(DataFile(name));
            if (stream is null)
            {
                missing.Add(name);
            }
        }
        if (missing.Count == entries.Count)
        {
            return [];
        }
        foreach (string name in missing)
        {
            string message = $"'{DataFile(name)}' is not beside this file; its stream is left out.";
            warnings.Add(RecordingWarningKind.CompanionMissing, "continuous", 0, message);
        }
        return missing;
    }

    public async Task<OpenEphysStream> ReadStreamAsync(
        JsonElement entry,
        int index,
        CancellationToken cancellationToken
    )
    {
        string name = Folder(entry);
        string field = $"continuous[{index}]";
        var rate =
            RecordedRate.TryParse(Raw(entry, "sample_rate"))
            ?? throw new RecordingFormatException(
                $"{field}.sample_rate",
                0,
                $"'{Raw(entry, "sample_rate")}' is no rate."
            );
        var channels = Channels(entry, field);
        string data = DataFile(name);
        await using var stream = files.OpenCompanion(data, $"{field}.folder_name", 0);
        Names.Add(data);
        long whole = BinarySamples.WholeSamples(stream.Length, RawSample.Int16, channels.Count);
        long rest = stream.Length - (whole * 2 * channels.Count);
        if (rest != 0)
        {
            string message = $"Only {rest} of the {2 * channels.Count} bytes of a sample are there; left out.";
            warnings.Add(RecordingWarningKind.Truncated, $"sample {whole}", stream.Length - rest, message, data);
        }
        var runs = await ReadNumbersAsync(name, whole, cancellationToken);
        var stamps = await ReadStampsAsync(name, runs, cancellationToken);
        return new(name, rate, channels, new(RawSample.Int16, channels.Count, whole), runs, stamps);
    }

    /// <summary>
    /// The samples' numbers: <c>sample_numbers.npy</c>, or <c>timestamps.npy</c> of before version 0.6, which has whole
    /// numbers. Without them the samples are taken to follow each other.
    /// </summary>
    private async Task<SampleRuns> ReadNumbersAsync(string name, long present, CancellationToken cancellationToken)
    {
        foreach (string candidate in new[] { "sample_numbers.npy", "timestamps.npy" })
        {
            string file = $"continuous/{name}/{candidate}";
            await using var stream = files.Find(file);
            if (
                stream is null
                || await NpyFile.TryOpenAsync(stream, file, warnings, cancellationToken)
                    is not { IsFloat: false } numbers
            )
            {
                continue;
            }
            Names.Add(file);
            var runs = new SampleRuns(candidate, file);
            long count = Math.Min(numbers.Count, present);
            for (long at = 0; at < count; at += NumbersAtOnce)
            {
                int part = (int)Math.Min(NumbersAtOnce, count - at);
                foreach (long number in await numbers.ReadIntegersAsync(at, part, cancellationToken))
                {
                    runs.Add(number, 1, 0);
                }
            }
            if (numbers.Count < present)
            {
                string message = $"Numbers of {numbers.Count} of {present} samples; the others follow the last.";
                warnings.Add(RecordingWarningKind.FieldsDisagree, candidate, 0, message, file);
                runs.Add(runs.First + runs.Count, present - numbers.Count, 0);
            }
            runs.Warn(warnings);
            return runs;
        }
        var even = new SampleRuns("samples", "");
        even.Add(0, present, 0);
        warnings.Add(
            RecordingWarningKind.CompanionMissing,
            "sample_numbers.npy",
            0,
            $"Not in continuous/{name}: gaps between samples cannot be seen."
        );
        return even;
    }

    /// <summary>
    /// Version 0.6 has a time stamp in seconds for each sample, 0.5 has it in <c>synchronized_timestamps.npy</c>;
    /// negative where it was not synchronized.
    /// </summary>
    private async Task<IReadOnlyList<(long Sample, double Seconds)>> ReadStampsAsync(
        string name,
        SampleRuns runs,
        CancellationToken cancellationToken
    )
    {
        foreach (string candidate in new[] { "timestamps.npy", "synchronized_timestamps.npy" })
        {
            string file = $"continuous/{name}/{candidate}";
            await using var stream = files.Find(file);
            if (
                stream is not null
                && await NpyFile.TryOpenAsync(stream, file, warnings, cancellationToken) is { IsFloat: true } times
            )
            {
                Names.Add(file);
                return await ReadStampsAsync(times, runs, cancellationToken);
            }
        }
        return [];
    }

    private static async Task<IReadOnlyList<(long Sample, double Seconds)>> ReadStampsAsync(
        NpyFile times,
        SampleRuns runs,
        CancellationToken cancellationToken
    )
    {
        var stamps = new List<(long, double)>();
        foreach (var run in runs.Runs)
        {
            foreach (long place in new[] { run.Place, run.Place + run.Count - 1 }.Distinct())
            {
                double seconds = place < times.Count ? await times.ReadDoubleAsync(place, cancellationToken) : -1;
                if (double.IsFinite(seconds) && seconds is >= 0 and < 1e9)
                {
                    stamps.Add((run.Number - runs.First + place - run.Place, seconds));
                }
            }
        }
        return stamps;
    }

    private List<RecordedChannel> Channels(JsonElement entry, string field)
    {
        var labels = new UniqueLabels(warnings);
        var listed =
            entry.TryGetProperty("channels", out var list) && list.ValueKind == JsonValueKind.Array
                ? list.EnumerateArray().ToList()
                : [];
        if (listed.Count == 0 || (int.TryParse(Raw(entry, "num_channels"), out int count) && count != listed.Count))
        {
            throw new RecordingFormatException(
                $"{field}.channels",
                0,
                $"{listed.Count} channels are described, num_channels is '{Raw(entry, "num_channels")}'."
            );
        }
        return
        [
            .. listed.Select(
                (channel, i) =>
                {
                    string label = Text(channel, "channel_name");
                    string unit = Text(channel, "units");
                    var place = new FieldText($"{field}.channels[{i}]", 0, label);
                    bool hasScale = double.TryParse(
                        Raw(channel, "bit_volts"),
                        System.Globalization.CultureInfo.InvariantCulture,
                        out double scale
                    );
                    bool isScale = hasScale && double.IsFinite(scale) && scale != 0;
                    if (!isScale)
                    {
                        warnings.Add(RecordingWarningKind.Uncalibrated, place.Name, 0, "No bit_volts; taken as 1.");
                    }
                    return new RecordedChannel(labels.Make(label, i, place), Blocks.SampleType.Int16)
                    {
                        Unit = isScale ? (unit.Length > 0 ? unit : OpenEphysUnits.Of(label)) : "",
                        Scale = isScale ? scale : 1,
                    };
                }
            ),
        ];
    }

    public static string Folder(JsonElement entry) => Text(entry, "folder_name").TrimEnd('/', '\\');

    public static string DataFile(string folder) => $"continuous/{folder}/continuous.dat";

    /// <summary>A text property; empty where it is missing.</summary>
    public static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : "";

    /// <summary>A property as it is written; empty where it is missing.</summary>
    public static string Raw(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value)
            ? value.ToString()
            : "";
}
