using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Dendrite.Signals.Formats.Wfdb;

/// <summary>
/// The annotation files beside a record, in MIT format: words of 16 bits, six of them a code, ten the frames since the
/// one before; some codes give the annotation before them a text, a number, a channel. A file is known by its ending,
/// which names who annotated (<c>atr</c> is the reference).
/// </summary>
internal sealed class WfdbAnnotations(IRecordingFiles files, WfdbHeader header, RecordingWarnings warnings)
{
    private const int MaxAnnotations = 1_000_000;
    private const int MaxFileBytes = 64 << 20;
    private const int Skip = 59;
    private const int Number = 60;
    private const int Subtype = 61;
    private const int Channel = 62;
    private const int Auxiliary = 63;
    private const int Note = 22;
    private const string Resolution = "## time resolution: ";

    private static readonly string[] Annotators =
    [
        "atr",
        "ari",
        "qrs",
        "ecg",
        "st",
        "stf",
        "apn",
        "pwave",
        "wqrs",
        "gqrs",
        "wabp",
        "ann",
        "man",
        "event",
        "alarms",
    ];

    /// <summary>The symbol of each code, by which a beat is known; a dot where there is none.</summary>
    private const string Symbols = ".NLRaVFJASEj/Q~.|.sT*D\"=pB^t+u?![]en@xf()r";

    private readonly List<Entry> entries = [];
    private readonly List<string> found = [];

    /// <summary>Names of the files that were there.</summary>
    public IReadOnlyList<string> Files => found;

    private string BaseName => Path.GetFileNameWithoutExtension(files.MainName);

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        foreach (string annotator in Annotators)
        {
            string name = $"{BaseName}.{annotator}";
            await using var stream = files.Find(name);
            if (stream is null)
            {
                continue;
            }
            if (stream.Length > MaxFileBytes)
            {
                throw new RecordingFormatException("annotations", 0, $"More than {MaxFileBytes} bytes.", name);
            }
            byte[] bytes = new byte[stream.Length];
            await stream.ReadExactlyAsync(bytes, cancellationToken);
            found.Add(name);
            Read(bytes, annotator, name);
        }
    }

    /// <summary>All of them, placed on the samples of a stream.</summary>
    public IReadOnlyList<RecordedAnnotation> On(RecordedRate rate, IReadOnlyList<RecordedChannel> channels) =>
        [
            .. entries
                .OrderBy(entry => entry.Seconds)
                .Select(entry => new RecordedAnnotation(entry.Text)
                {
                    OnsetSeconds = entry.Seconds,
                    StartSample = rate.LastSampleAt(entry.Time, entry.Clock),
                    Category = entry.Annotator,
                    Metadata = entry.Metadata(),
                }),
        ];

    private void Read(ReadOnlySpan<byte> bytes, string annotator, string name)
    {
        long time = 0;
        var (channel, number) = (0, 0);
        var clock = header.FrameRate;
        int first = entries.Count;
        for (int at = 0; at + 2 <= bytes.Length; )
        {
            int word = BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);
            var (code, value) = (word >> 10, word & 0x3FF);
            int offset = at;
            at += 2;
            if (word == 0)
            {
                return;
            }
            switch (code)
            {
                case Skip:
                    time += ReadLong(bytes, ref at);
                    break;
                case Number:
                    number = (sbyte)value;
                    Change(first, entry => entry with { Number = number });
                    break;
                case Subtype:
                    Change(first, entry => entry with { Subtype = (sbyte)value });
                    break;
                case Channel:
                    channel = value;
                    Change(first, entry => entry with { Channel = channel });
                    break;
                case Auxiliary:
                    string text = ReadText(bytes, ref at, value);
                    if (entries.Count > first && entries[^1].Code == Note && ReadResolution(text) is { } resolution)
                    {
                        clock = resolution;
                        entries.RemoveAt(entries.Count - 1);
                        break;
                    }
                    Change(first, entry => entry with { Auxiliary = text });
                    break;
                default:
                    time += value;
                    Add(new(time, clock, code, annotator, channel, number), name, offset);
                    break;
            }
        }
        warnings.Add(
            RecordingWarningKind.Truncated,
            "annotations",
            bytes.Length,
            "The file has no end mark (two zero bytes); its annotations were read.",
            name
        );
    }

    private void Add(Entry entry, string name, int offset)
    {
        if (entries.Count < MaxAnnotations && entry.Seconds is >= -1e9m and <= 1e9m)
        {
            entries.Add(entry);
            return;
        }
        warnings.Add(
            RecordingWarningKind.AnnotationsTooMany,
            "annotation",
            offset,
            $"After {MaxAnnotations} others, or thirty years; left out.",
            name
        );
    }

    /// <summary>Codes that say more about the annotation before them.</summary>
    private void Change(int first, Func<Entry, Entry> change)
    {
        if (entries.Count > first)
        {
            entries[^1] = change(entries[^1]);
        }
    }

    /// <summary>The upper half stands first, as on the machine of the format's time.</summary>
    private static int ReadLong(ReadOnlySpan<byte> bytes, ref int at)
    {
        if (at + 4 > bytes.Length)
        {
            at = bytes.Length;
            return 0;
        }
        int upper = BinaryPrimitives.ReadInt16LittleEndian(bytes[at..]);
        int lower = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(at + 2)..]);
        at += 4;
        return (upper << 16) | lower;
    }

    /// <summary>Padded to a whole word.</summary>
    private static string ReadText(ReadOnlySpan<byte> bytes, ref int at, int length)
    {
        var text = bytes.Slice(at, Math.Min(length, bytes.Length - at));
        at += length + (length & 1);
        return Encoding.Latin1.GetString(text).TrimEnd('\0');
    }

    private static RecordedRate? ReadResolution(string text) =>
        text.StartsWith(Resolution, StringComparison.Ordinal)
            ? RecordedRate.TryParse(text[Resolution.Length..].Split(' ')[0])
            : null;

    /// <param name="Time">Ticks of the clock since the record's first frame.</param>
    /// <param name="Clock">Ticks a second.</param>
    private sealed record Entry(long Time, RecordedRate Clock, int Code, string Annotator, int Channel, int Number)
    {
        public decimal Seconds { get; } = Clock.SecondsAt(Time);

        public int Subtype { get; init; }

        public string Auxiliary { get; init; } = "";

        /// <summary>A rhythm or note says it in words, a beat by its symbol.</summary>
        public string Text => Auxiliary.Length > 0 ? Auxiliary : Symbol;

        private string Symbol => Code < Symbols.Length && Symbols[Code] != '.' ? $"{Symbols[Code]}" : $"[{Code}]";

        public JsonObject Metadata() =>
            new()
            {
                ["symbol"] = Symbol,
                ["channel"] = Channel,
                ["subtype"] = Subtype,
                ["number"] = Number,
            };
    }
}
