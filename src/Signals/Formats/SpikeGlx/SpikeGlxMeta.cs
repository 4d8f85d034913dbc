using System.Globalization;
using System.Text.RegularExpressions;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.SpikeGlx;

/// <summary>The <c>key=value</c> lines of a <c>.meta</c> file, and what they say of each saved channel.</summary>
internal sealed partial class SpikeGlxMeta
{
    private const int MaxChannels = 65_536;

    private readonly Dictionary<string, FieldText> fields = new(StringComparer.Ordinal);

    public SpikeGlxMeta(TextLines text)
    {
        foreach (var (offset, line) in text.Lines)
        {
            int equals = line.IndexOf('=');
            if (equals > 0)
            {
                string key = line[..equals].Trim().TrimStart('~');
                fields.TryAdd(key, new(key, offset, line[(equals + 1)..].Trim()));
            }
        }
    }

    public IEnumerable<FieldText> Fields => fields.Values;

    /// <summary>What recorded it: <c>imec</c>, <c>nidq</c> or <c>obx</c>.</summary>
    public string Kind => Find("typeThis").Text;

    public RecordedRate Rate =>
        Get(
                Kind switch
                {
                    "nidq" => "niSampRate",
                    "obx" => "obSampRate",
                    _ => "imSampRate",
                }
            )
            .ReadRate();

    public FieldText Find(string key) => fields.TryGetValue(key, out var field) ? field : new(key, 0, "");

    public FieldText Get(string key) =>
        Find(key) is { Text.Length: > 0 } field
            ? field
            : throw new RecordingFormatException(key, 0, "Missing. Copy the .meta file again from its source.");

    public IReadOnlyList<RecordedChannel> ReadChannels(RecordingWarnings warnings)
    {
        int count = (int)Get("nSavedChans").ReadInteger(1, MaxChannels);
        var scales = new SpikeGlxScales(this);
        var saved = ReadSubset(Find("snsSaveChanSubset"), count, scales.AllOf(this));
        var labels = new UniqueLabels(warnings);
        if (scales.LacksGains)
        {
            var type = Find("imDatPrb_type");
            string message = $"The gain of probes of type '{type.Text}' is not known and not stated: raw samples.";
            warnings.Add(RecordingWarningKind.Uncalibrated, type.Name, type.Offset, message);
        }
        return
        [
            .. saved.Select(
                (channel, i) =>
                {
                    var (name, scale) = scales.Of(channel);
                    return new RecordedChannel(labels.Make(name, i, Find("snsSaveChanSubset")), SampleType.Int16)
                    {
                        Unit = scale is null ? "" : "uV",
                        Scale = scale ?? 1,
                        Labels = new Dictionary<string, string>
                        {
                            ["acquired-channel"] = channel.ToString(CultureInfo.InvariantCulture),
                        },
                    };
                }
            ),
        ];
    }

    /// <summary>Numbers of the saved ones among all channels: <c>all</c>, or ranges as <c>0:35,72:95,384</c>.</summary>
    private static IReadOnlyList<int> ReadSubset(FieldText field, int count, IReadOnlyList<int> all)
    {
        if (field.Text is "" or "all")
        {
            return all.Count == count ? all : [.. Enumerable.Range(0, count)];
        }
        var saved = new List<int>();
        foreach (string part in field.Text.Split(','))
        {
            var match = Range().Match(part.Trim());
            if (!match.Success)
            {
                throw field.Refuse($"'{part}' is no channel or range of channels.");
            }
            int first = int.Parse(match.Groups["first"].Value, CultureInfo.InvariantCulture);
            int last = match.Groups["last"].Success
                ? int.Parse(match.Groups["last"].Value, CultureInfo.InvariantCulture)
                : first;
            if (last < first || saved.Count + (last - first) >= MaxChannels)
            {
                throw field.Refuse($"'{part}' is no range of channels.");
            }
            saved.AddRange(Enumerable.Range(first, last - first + 1));
        }
        return saved.Count == count
            ? saved
            : throw field.Refuse($"Lists {saved.Count} channels, nSavedChans says {count}.");
    }

    [GeneratedRegex(
        @"^(?<first>\d{1,6})(:(?<last>\d{1,6}))?$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Range();
}
