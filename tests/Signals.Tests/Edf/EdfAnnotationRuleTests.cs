using System.Text;
using Dendrite.Signals.Edf;
using Dendrite.Signals.Formats;
using static Dendrite.Signals.Tests.Edf.EdfFixture;

namespace Dendrite.Signals.Tests.Edf;

/// <summary>The rules for time-stamped annotation lists and record onsets.</summary>
public sealed class EdfAnnotationRuleTests
{
    private const int HeaderBytes = 256 * 5;
    private const int RecordBytes = (18 * 2) + 96;
    private const int ListsInRecord = 18 * 2;

    /// <summary>What the lists of record 2 are replaced by, the texts that are left, the warning.</summary>
    public static TheoryData<string, string[], RecordingWarningKind?> Lists =>
        new()
        {
            { "+2\x14\x14\0+2.5\x14" + "a\x14\0", ["a"], null },
            { "+2\x14\x14" + "a\x14" + "b\x14\0", ["a", "b"], null },
            { "+2\x14\x14\0\0\0+2.5\x15" + "1\x14" + "a\x14\0", ["a"], null },
            { "+2\x14\x14\0+2.5\x14" + "a", [], RecordingWarningKind.AnnotationMalformed },
            { "+2\x14\x14\0+2.5\x14" + "a\x14" + "cut", ["a"], RecordingWarningKind.AnnotationMalformed },
            { "+2\x14\x14\0" + "2.5\x14" + "a\x14\0", [], RecordingWarningKind.AnnotationMalformed },
            { "+2\x14\x14\0+2,5\x14" + "a\x14\0", [], RecordingWarningKind.AnnotationMalformed },
            {
                "+2\x14\x14\0+9999999999999999999999999999999\x14" + "a\x14\0",
                [],
                RecordingWarningKind.AnnotationMalformed
            },
            { "+2\x14\x14\0+2.5\x15" + "long\x14" + "a\x14\0", ["a"], RecordingWarningKind.AnnotationMalformed },
            { "+2\x14\x14\0+2.5\x14" + "\u00B5\x14\0", ["\u00B5"], RecordingWarningKind.AnnotationNotUtf8 },
            { "+2\x14\x14\0garbage", [], RecordingWarningKind.AnnotationMalformed },
            { "", [], RecordingWarningKind.TimekeepingMissing },
            { "+2\x14not empty\x14\0", ["not empty"], RecordingWarningKind.TimekeepingMissing },
        };

    [Theory]
    [MemberData(nameof(Lists))]
    public async Task A_damaged_list_is_left_out_with_a_warning_and_the_others_stay(
        string lists,
        string[] texts,
        RecordingWarningKind? kind
    )
    {
        byte[] file = await WithListsAsync(EdfVariant.EdfPlusContinuous, record: 2, lists);

        var recording = await ScanAsync(file);

        Assert.Equal(texts, recording.Annotations.Select(annotation => annotation.Text));
        Assert.Equal(kind is null ? [] : [kind.Value], recording.Warnings.Select(warning => warning.Kind));
        long start = HeaderBytes + (2 * RecordBytes) + ListsInRecord;
        Assert.All(recording.Warnings, warning => Assert.InRange(warning.Offset, start, start + 95));
        Assert.Single(recording.Segments);
    }

    [Fact]
    public async Task A_discontinuous_record_without_onset_is_refused()
    {
        byte[] file = await WithListsAsync(EdfVariant.EdfPlusDiscontinuous, record: 5, "");

        var error = await Assert.ThrowsAsync<RecordingFormatException>(() => ScanAsync(file));

        Assert.Equal("record 5: onset", error.Field);
        Assert.Equal(HeaderBytes + (5 * RecordBytes) + ListsInRecord, error.Offset);
    }

    [Fact]
    public async Task Time_that_goes_back_is_refused()
    {
        byte[] file = await WithListsAsync(EdfVariant.EdfPlusDiscontinuous, record: 5, "+3\x14\x14\0");

        var error = await Assert.ThrowsAsync<RecordingFormatException>(() => ScanAsync(file));

        Assert.Equal("record 5: onset", error.Field);
    }

    [Fact]
    public async Task A_gap_in_a_continuous_file_is_kept_and_warned_about()
    {
        byte[] file = await WriteAsync(
            EdfVariant.EdfPlusContinuous,
            onsets: record => record < 5 ? record : record + 60
        );

        var recording = await ScanAsync(file);

        Assert.Equal(2, recording.Segments.Count);
        Assert.Equal(RecordingWarningKind.NotContinuous, Assert.Single(recording.Warnings).Kind);
    }

    [Fact]
    public async Task Onsets_rounded_by_less_than_half_a_sample_make_no_gap()
    {
        byte[] file = await WriteAsync(
            EdfVariant.EdfPlusDiscontinuous,
            onsets: record => record + (record % 2 == 0 ? 0.06m : 0.02m)
        );

        var recording = await ScanAsync(file);

        Assert.Single(recording.Segments);
    }

    [Fact]
    public async Task The_same_fault_in_every_record_gives_a_bounded_list_of_warnings()
    {
        string damaged = string.Concat(Enumerable.Repeat("x\x14\0", 30));
        byte[] file = await WriteAsync(EdfVariant.EdfPlusContinuous);
        for (int record = 0; record < Records; record++)
        {
            Replace(file, record, damaged);
        }

        var recording = await ScanAsync(file);

        var malformed = recording
            .Warnings.Where(warning => warning.Kind == RecordingWarningKind.AnnotationMalformed)
            .ToList();
        Assert.Equal(21, malformed.Count);
        Assert.StartsWith("280 more", malformed[^1].Message, StringComparison.Ordinal);
    }

    private static async Task<byte[]> WithListsAsync(EdfVariant variant, int record, string lists)
    {
        byte[] file = await WriteAsync(variant);
        Replace(file, record, lists);
        return file;
    }

    private static void Replace(byte[] file, int record, string lists)
    {
        var place = file.AsSpan(HeaderBytes + (record * RecordBytes) + ListsInRecord, 96);
        place.Clear();
        Encoding.Latin1.GetBytes(lists).CopyTo(place);
    }
}
