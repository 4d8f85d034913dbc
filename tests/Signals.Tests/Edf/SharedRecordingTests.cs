using System.Globalization;
using System.Text.RegularExpressions;
using Dendrite.Signals.Edf;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Edf;

public sealed class SharedRecordingTests
{
    public static TheoryData<string> Files =>
        [
            "edf/psg_sleepedf_short.edf",
            "edf/hypnogram_sleepedf_SC4001EC.edf",
            "edf/eeg_140ch_edfplusC.edf",
            "edf/eeg_25ch_one_record_fractional.edf",
            "edf/eeg_duplicate_labels.edf",
            "edf/uneven_sample_rates.edf",
            "edf/eeg_utf8_annotations_inverted_range.edf",
            "edf/generator_12ch_600s_edfplusC.edf",
            "edf/derived_edfplusD_fractional_onsets.edf",
            "edf/emg_biotrace_latin1_annotations.edf",
            "bdf/biosemi_73ch_2048hz.bdf",
            "bdf/eeg_3ch_status_500hz.bdf",
            "bdf/generator_mixed_rates_bdfplusC.bdf",
            "bdf/hypnogram_sleepedf_SC4001EC.bdf",
        ];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_header_says_what_another_reader_found(string file)
    {
        var (recording, expected) = await ScanAsync(file);
        var header = recording.Header;

        Assert.Equal(expected.Patient, header.Patient);
        Assert.Equal(expected.Recording, header.Recording);
        Assert.Equal(expected.HeaderBytes, header.HeaderBytes);
        Assert.Equal(expected.NRecordsInHeader, header.RecordCount);
        Assert.Equal(expected.NRecordsInFile, recording.RecordCount);
        Assert.Equal(expected.NSignalsInHeader, header.Signals.Count);
        Assert.Equal(expected.RecordDurationS, header.RecordDurationSeconds);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Every_signal_has_the_calibration_that_another_reader_found(string file)
    {
        var (recording, expected) = await ScanAsync(file);

        Assert.All(expected.Signals, facts => AssertSignal(facts, recording.Header.Signals[facts.Index]));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Annotations_and_gaps_are_those_that_another_reader_found(string file)
    {
        var (recording, expected) = await ScanAsync(file);

        Assert.Equal(expected.Annotations?.Count ?? 0, recording.Annotations.Count);
        // Long lists are given by their first six and last two.
        var items = expected.Annotations?.Items ?? [];
        bool shortened = recording.Annotations.Count > items.Length;
        var found = shortened
            ? [.. recording.Annotations.Take(6), .. recording.Annotations.TakeLast(2)]
            : recording.Annotations;
        foreach (var (facts, annotation) in items.Zip(found))
        {
            Assert.Equal(Seconds(facts.Onset), annotation.OnsetSeconds);
            Assert.Equal(facts.Duration is null ? null : Seconds(facts.Duration), annotation.DurationSeconds);
            Assert.Equal(facts.Record, annotation.Record);
            // The other reader wrote U+FFFD for bytes that are not UTF-8; ours takes them as Latin-1.
            Assert.Matches($"^{Regex.Escape(facts.Text).Replace('\uFFFD', '.')}$", annotation.Text);
        }
        var gaps = expected.Gaps ?? [];
        Assert.Equal(recording.Header.RateGroups.Count == 0 ? 0 : gaps.Length + 1, recording.Segments.Count);
        foreach (var (facts, segment) in gaps.Zip(recording.Segments.Skip(1)))
        {
            Assert.Equal(facts.AfterRecord + 1, segment.FirstRecord);
            Assert.Equal(Seconds(facts.ActualNext), segment.OnsetSeconds);
        }
        if (recording.Segments.Count > 0 && expected.FirstOnset is { } onset)
        {
            Assert.Equal(Seconds(onset), recording.Segments[0].OnsetSeconds);
        }
    }

    [Fact]
    public async Task Bytes_that_are_not_utf_8_are_read_as_latin_1_with_a_warning()
    {
        var (recording, _) = await ScanAsync("edf/emg_biotrace_latin1_annotations.edf");

        Assert.Equal("RS232 Trigger: 177('\u00B1')", recording.Annotations[1].Text);
        Assert.Equal(2, recording.Warnings.Count(warning => warning.Kind == RecordingWarningKind.AnnotationNotUtf8));
    }

    [Fact]
    public async Task Signals_of_two_rates_form_two_groups()
    {
        var (recording, _) = await ScanAsync("edf/uneven_sample_rates.edf");

        Assert.Equal([100m, 12.8m], recording.Header.RateGroups.Select(group => group.RateHz));
    }

    [Fact]
    public async Task A_repeated_label_is_numbered()
    {
        var (recording, _) = await ScanAsync("edf/eeg_duplicate_labels.edf");

        Assert.Equal(
            ["EEG F1-Ref", "EEG F1-Ref (2)"],
            recording
                .Header.Signals.Select(signal => signal.Label)
                .Where(label => label.StartsWith("EEG F1", StringComparison.Ordinal))
        );
        Assert.Contains(recording.Warnings, warning => warning.Kind == RecordingWarningKind.LabelDuplicate);
    }

    private static void AssertSignal(ExpectedSignal facts, EdfSignal signal)
    {
        Assert.Equal(facts.Label, signal.OriginalLabel);
        Assert.Equal(facts.Unit, signal.Unit);
        Assert.Equal(facts.Transducer, signal.Transducer);
        Assert.Equal(facts.Prefilter, signal.Prefilter);
        Assert.Equal(facts.SamplesPerRecord, signal.SamplesPerRecord);
        var calibration = new EdfCalibration(facts.PhysicalMin, facts.PhysicalMax, facts.DigitalMin, facts.DigitalMax);
        Assert.Equal(calibration, signal.Calibration);
    }

    private static async Task<(EdfRecording Recording, ExpectedRecording Expected)> ScanAsync(string file)
    {
        await using var stream = File.OpenRead(SharedData.Require(file));
        return (
            await EdfRecording.ScanAsync(stream, TestContext.Current.CancellationToken),
            ExpectedRecordings.Of(file)
        );
    }

    private static decimal Seconds(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}
