using Dendrite.Reports.Document;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Reports.Tests;

/// <summary>Reports of every kind, made of seeds: the same in each run.</summary>
internal static class SampleDocuments
{
    public static readonly string[] Montage = ["Fp1", "Fp2", "C3", "C4", "Cz", "Pz", "O1", "O2"];

    /// <summary>Of all kinds; <see cref="Named"/> makes them.</summary>
    public static readonly string[] Names =
    [
        "ordinary",
        "one-channel",
        "thousand-channels",
        "hostile",
        "without-figures",
        "two-units",
        "nothing-in-common",
        "empty",
    ];

    public static ReportDocument Named(string name) =>
        name switch
        {
            "ordinary" => Ordinary(),
            "one-channel" => WithChannels("LFP"),
            "thousand-channels" => WithChannels([.. Enumerable.Range(0, 1024).Select(i => $"AP{i}")]) with
            {
                Records = Records(1000),
            },
            "hostile" => Hostile(),
            "without-figures" => WithoutFigures(),
            "two-units" => TwoUnits(),
            "nothing-in-common" => NothingInCommon(),
            _ => Plain("Nothing yet"),
        };

    /// <summary>Eight channels, of which the occipital ones gain alpha; records that differ.</summary>
    public static ReportDocument Ordinary() =>
        WithChannels(Montage) with
        {
            Datasets = [Visits()],
            Records = Records(3),
        };

    /// <summary>As many channels as given, the first and every seventh with a difference.</summary>
    public static ReportDocument WithChannels(params string[] labels)
    {
        var random = new Random(5);
        var comparison = new ExperimentComparison { Options = Options() };
        for (var i = 0; i < labels.Length; i++)
        {
            comparison.Channels.Add(SampleChannels.Compare(labels[i], i % 7 == 0 ? 1.4 : 0.1, random));
        }

        var document = Plain("Stimulation against baseline") with
        {
            Comparison = comparison,
            Counts = new()
            {
                StreamsChanged = 1,
                RecordsChanged = 2,
                RecordsOnlyTo = 1,
                DatasetsChanged = 1,
            },
            Streams = [SampleChannels.ChangedStream()],
        };
        return document with
        {
            Units = [.. ChannelSelection.Tabled(comparison).Select(_ => new ChannelUnits("uV", "uV"))],
            Plots =
            [
                .. ChannelSelection
                    .Plotted(comparison)
                    .Select(place => SampleChannels.Plot(comparison.Channels[place].Pair, place % 7 == 0 ? 2 : 1)),
            ],
        };
    }

    public static ReportDocument Plain(string title) =>
        new()
        {
            Title = title,
            Creator = "ann",
            Comparand = new()
            {
                From = Side("baseline", 12),
                To = Side("stimulation", 31),
                FromDigest = ByteString.CopyFrom([.. Enumerable.Repeat((byte)0xa5, 32)]),
                ToDigest = ByteString.CopyFrom([.. Enumerable.Repeat((byte)0x3c, 32)]),
            },
            FromCommit = new("rig-1", "Append eeg", DateTimeOffset.UnixEpoch.AddDays(20_000)),
            ToCommit = new("rig-2", "Append eeg", DateTimeOffset.UnixEpoch.AddDays(20_001)),
            Comparison = new() { Options = Options() },
        };

    /// <summary>Labels, keys, values and names that mean something to a page or to Markdown.</summary>
    public static ReportDocument Hostile()
    {
        const string Html = "<script>alert(1)</script>";
        const string Image = "\"><img src=x onerror=alert(2)>";
        const string Link = "[x](javascript:alert(3))|`*_http://evil.example/\u202Egnp.exe\u0000";
        var document = WithChannels(Html, Image, Link, "a & b &lt;");
        document.Comparison.Channels[0].Remark = Html;
        document.Comparison.OnlyFrom.Add(new UnpairedChannel { StreamId = "eeg", Channel = Image });
        document.Comparison.Options.Bands[0].Band = Html;
        document.Comparand.To.Branch = $"projects/lab/branches/{Html}";
        var record = new RecordDifference
        {
            DatasetId = "visits",
            RecordId = Image,
            Side = DiffSide.Changed,
        };
        record.Cells.Add(
            new CellDifference
            {
                Column = Link,
                From = Value.ForString(Html),
                To = Value.ForNull(),
            }
        );
        return document with { Title = Html, Creator = Image, ToCommit = new(Link, Html, default), Records = [record] };
    }

    /// <summary>
    /// Paired channels without a finite figure: a side without samples, and stretches that are NaN.
    /// </summary>
    public static ReportDocument WithoutFigures()
    {
        var document = WithChannels("C3", "C4", "Cz");
        foreach (var channel in document.Comparison.Channels)
        {
            SampleChannels.Blank(channel);
        }

        var old = document.Plots[0].From!;
        double[] holes = [.. old.Waveform.Minima.Select((value, i) => i is > 50 and < 90 ? double.NaN : value)];
        return document with
        {
            Plots =
            [
                document.Plots[0] with
                {
                    From = old with { Waveform = old.Waveform with { Minima = holes } },
                    To = null,
                },
                document.Plots[1] with
                {
                    From = null,
                    To = null,
                },
                document.Plots[2] with
                {
                    From = SampleChannels.Nothing,
                    To = SampleChannels.Nothing,
                },
            ],
        };
    }

    /// <summary>A pair whose sides have other units, compared with the merge base.</summary>
    public static ReportDocument TwoUnits()
    {
        var document = WithChannels("C3");
        var plot = document.Plots[0];
        return document with
        {
            Mode = DiffMode.FromMergeBase,
            Plots = [plot with { To = plot.To! with { Unit = "mV" } }],
            Units = [new("uV", "mV")],
        };
    }

    /// <summary>Two sides that have channels, and none in common.</summary>
    public static ReportDocument NothingInCommon()
    {
        var document = Plain("Other montages");
        document.Comparison.OnlyFrom.Add(new UnpairedChannel { StreamId = "eeg", Channel = "C3" });
        document.Comparison.OnlyTo.Add(new UnpairedChannel { StreamId = "lfp", Channel = "ch-1" });
        return document with
        {
            Counts = new() { StreamsOnlyFrom = 1, StreamsOnlyTo = 1 },
        };
    }

    public static IReadOnlyList<RecordDifference> Records(int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => new RecordDifference
                {
                    DatasetId = "visits",
                    RecordId = $"subject-{i:0000}",
                    Side = i == 0 ? DiffSide.OnlyTo : DiffSide.Changed,
                    Cells =
                    {
                        new CellDifference
                        {
                            Column = "dose_mg",
                            From = i == 0 ? null : Value.ForNumber(2.5),
                            To = Value.ForNumber(5),
                        },
                        new CellDifference
                        {
                            Column = "note",
                            From = i == 0 ? null : Value.ForNull(),
                            To = Value.ForString("tolerated"),
                        },
                    },
                }),
        ];

    private static DatasetDifference Visits() =>
        new()
        {
            DatasetId = "visits",
            Side = DiffSide.Changed,
            RecordsOnlyTo = 1,
            RecordsChanged = 2,
            ColumnsOnlyTo = { new Column { Column_ = "note" } },
        };

    private static ExperimentComparisonOptions Options() =>
        new()
        {
            WindowLength = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)),
            Bands =
            {
                SampleChannels.Bands.Select(band => new FrequencyBand
                {
                    Band = band.Name,
                    LowHz = band.Low,
                    HighHz = band.High,
                }),
            },
            LineFrequencyHz = 50,
            Confidence = 0.95,
        };

    private static SnapshotReference Side(string branch, long version) =>
        new()
        {
            Branch = $"projects/lab/branches/{branch}",
            Point = new() { Version = version },
        };
}
