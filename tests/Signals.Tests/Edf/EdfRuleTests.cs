using Dendrite.Signals.Edf;
using Dendrite.Signals.Formats;
using static Dendrite.Signals.Tests.Edf.EdfFixture;

namespace Dendrite.Signals.Tests.Edf;

/// <summary>The table of docs/edf-import.md, one row a case, on files made here.</summary>
public sealed class EdfRuleTests
{
    /// <summary>The problem, the offset and width of the field, what is written there, what the error names.</summary>
    public static TheoryData<string, int, int, string, string> Refused =>
        new()
        {
            { "another version", 0, 8, "1", "version" },
            { "count is text", 252, 4, "abcd", "number of signals" },
            { "count is zero", 252, 4, "0", "number of signals" },
            { "count is negative", 252, 4, "-3", "number of signals" },
            { "count beyond the file", 252, 4, "9999", "number of signals" },
            { "header bytes contradict, size proves nothing", 184, 8, "abc", "header bytes" },
            { "records are text", 236, 8, "ten", "number of data records" },
            { "records below -1", 236, 8, "-2", "number of data records" },
            { "comma", 244, 8, "1,0", "record duration" },
            { "negative duration", 244, 8, "-1", "record duration" },
            { "no duration", 244, 8, "0", "record duration" },
            { "not a number", 244, 8, "NaN", "record duration" },
            { "infinite", 244, 8, "Infinity", "record duration" },
            { "huge exponent", 244, 8, "1E99", "record duration" },
            { "tiny exponent", 244, 8, "1E-20", "record duration" },
            { "empty number", 244, 8, "", "record duration" },
            { "longer than a lifetime", 244, 8, "99999999", "record duration" },
            { "hexadecimal", 244, 8, "0x10", "record duration" },
            { "two numbers", 244, 8, "1 0", "record duration" },
            { "EDF+D without annotations", 192, 44, "EDF+D", "reserved" },
            { "comma in calibration", SignalField("physical minimum", 1), 8, "-1,5", "signal 1: physical minimum" },
            { "not a number", SignalField("physical maximum", 0), 8, "nan", "signal 0: physical maximum" },
            { "overflow", SignalField("physical maximum", 0), 8, "9E999999", "signal 0: physical maximum" },
            { "range too wide", SignalField("physical maximum", 0), 8, "1.7E308", "signal 0: physical maximum" },
            { "24 bit", SignalField("digital minimum", 2), 8, "-8388608", "signal 2: digital minimum" },
            { "unsigned", SignalField("digital maximum", 2), 8, "65535", "signal 2: digital maximum" },
            { "fraction", SignalField("digital maximum", 2), 8, "10.5", "signal 2: digital maximum" },
            { "negative samples", SignalField("samples per record", 2), 8, "-2", "signal 2: samples per record" },
            { "record over the limit", SignalField("samples per record", 2), 8, "99999999", "data records" },
            { "samples not whole", SignalField("samples per record", 0), 8, "2.5", "signal 0: samples per record" },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_header_field_that_cannot_be_trusted_is_refused_by_name_and_offset(
        string problem,
        int offset,
        int width,
        string text,
        string field
    )
    {
        TestContext.Current.TestOutputHelper?.WriteLine(problem);
        byte[] file = (await WriteAsync()).With(offset, width, text);

        var error = await Assert.ThrowsAsync<RecordingFormatException>(() => ScanAsync(file));

        Assert.Equal(field, error.Field);
        Assert.Equal(field == "data records" ? file.Length : offset, error.Offset);
        Assert.Contains($"byte {error.Offset}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The offset and width of a field, what is written there, which warning it gives.</summary>
    public static TheoryData<int, int, string, RecordingWarningKind> Warned =>
        new()
        {
            { 168, 8, "00.00.00", RecordingWarningKind.StartTimeUnknown },
            { 168, 8, "31.02.24", RecordingWarningKind.StartTimeUnknown },
            { 168, 8, "29-02-24", RecordingWarningKind.DateSeparator },
            { 168, 8, "1.2.24", RecordingWarningKind.DateDigits },
            { 168, 8, " 1. 2.24", RecordingWarningKind.DateDigits },
            { 168, 8, "1.123.24", RecordingWarningKind.StartTimeUnknown },
            { 176, 8, "24.00.00", RecordingWarningKind.StartTimeUnknown },
            { 176, 8, "12:00:00", RecordingWarningKind.DateSeparator },
            { 176, 8, "9.05.07", RecordingWarningKind.DateDigits },
            { 184, 8, "512", RecordingWarningKind.HeaderBytesWrong },
            { 192, 44, "EDF+C", RecordingWarningKind.AnnotationSignalMissing },
            { 236, 8, "-1", RecordingWarningKind.RecordCountUnknown },
            { 236, 8, "0", RecordingWarningKind.RecordCountUnknown },
            { 236, 8, "1000", RecordingWarningKind.RecordsMissing },
            { 236, 8, "9", RecordingWarningKind.BytesAfterLastRecord },
            { 236, 8, "10.0", RecordingWarningKind.NumberNotInteger },
            { 236, 8, "10\0\0\0\0\0\0", RecordingWarningKind.NulPadding },
            { 8, 80, "Jos\u00E9", RecordingWarningKind.TextNotAscii },
            { 8, 80, "a\u001B[2J", RecordingWarningKind.TextNotAscii },
            { 8, 80, "a\0b", RecordingWarningKind.NulPadding },
            { SignalField("label", 1), 16, "Fp1", RecordingWarningKind.LabelDuplicate },
            { SignalField("label", 1), 16, "", RecordingWarningKind.LabelEmpty },
            { SignalField("unit", 0), 8, "\u00B5V", RecordingWarningKind.TextNotAscii },
            { SignalField("physical maximum", 1), 8, "-100", RecordingWarningKind.Uncalibrated },
            { SignalField("digital maximum", 1), 8, "-2048", RecordingWarningKind.Uncalibrated },
            { SignalField("digital minimum", 1), 8, "2048", RecordingWarningKind.DigitalRangeInverted },
            { SignalField("digital maximum", 1), 8, "32768", RecordingWarningKind.DigitalRangeOffByOne },
        };

    [Theory]
    [MemberData(nameof(Warned))]
    public async Task A_departure_whose_meaning_is_plain_is_imported_with_a_warning(
        int offset,
        int width,
        string text,
        RecordingWarningKind kind
    )
    {
        byte[] intact = await WriteAsync();
        byte[] file = intact.With(offset, width, text);

        var recording = await ScanAsync(file);

        var warning = Assert.Single(recording.Warnings);
        Assert.Equal(kind, warning.Kind);
        Assert.Equal(offset, kind is RecordingWarningKind.NulPadding ? offset : warning.Offset);
        var samples = await EdfSamples.ReadAllAsync(new MemoryStream(file), CancellationToken.None);
        Assert.Equal(EdfFixture.Sample(0, 0), samples[0][0]);
        Assert.Equal(EdfFixture.Sample(2, 17), samples[2][17]);
    }

    [Fact]
    public async Task A_file_cut_anywhere_is_refused_or_gives_the_records_before_the_cut()
    {
        byte[] file = await WriteAsync();
        int header = 256 * (SignalCount + 1);
        int record = (file.Length - header) / Records;
        for (int length = 0; length < file.Length; length++)
        {
            byte[] cut = file[..length];
            if (length < header + record)
            {
                var error = await Assert.ThrowsAsync<RecordingFormatException>(() => ScanAsync(cut));
                Assert.True(error.Offset <= length, error.Message);
                continue;
            }
            var recording = await ScanAsync(cut);
            Assert.Equal((length - header) / record, recording.RecordCount);
            Assert.Contains(recording.Warnings, warning => warning.Kind == RecordingWarningKind.RecordsMissing);
        }
    }

    [Fact]
    public async Task A_file_that_counts_no_records_and_holds_none_is_refused()
    {
        byte[] file = (await WriteAsync()).With(236, 8, "0")[..(256 * (SignalCount + 1))];

        var error = await Assert.ThrowsAsync<RecordingFormatException>(() => ScanAsync(file));

        Assert.Equal(("number of data records", 236L), (error.Field, error.Offset));
    }

    [Fact]
    public async Task A_signal_without_samples_is_left_out()
    {
        byte[] file = await WriteAsync(change: header =>
            header with
            {
                Signals = [.. header.Signals.Select(s => s.Index == 1 ? s with { SamplesPerRecord = 0 } : s)],
            }
        );

        var recording = await ScanAsync(file);

        Assert.Equal(RecordingWarningKind.SignalWithoutSamples, Assert.Single(recording.Warnings).Kind);
        Assert.Equal(
            [0, 2],
            recording.Header.RateGroups.SelectMany(group => group.Signals).Select(signal => signal.Index)
        );
    }

    [Fact]
    public async Task An_uncalibrated_signal_keeps_its_digital_values_and_loses_its_unit()
    {
        byte[] file = (await WriteAsync()).With(SignalField("physical maximum", 1), 8, "-100");

        var signal = (await ScanAsync(file)).Header.Signals[1];

        Assert.Equal("", signal.Unit);
        Assert.Equal(123, signal.Calibration.ToPhysical(123));
    }

    [Fact]
    public async Task The_date_of_the_recording_field_wins_over_two_digits()
    {
        byte[] file = (await WriteAsync(EdfVariant.EdfPlusContinuous)).With(168, 8, "29.02.88");

        var recording = await ScanAsync(file);

        Assert.Equal(2024, recording.Header.StartTime?.Year);
        Assert.Equal(RecordingWarningKind.StartDatesDiffer, Assert.Single(recording.Warnings).Kind);
    }

    [Fact]
    public async Task A_full_date_that_no_recording_has_is_not_believed()
    {
        byte[] file = (await WriteAsync(EdfVariant.EdfPlusContinuous)).With(88, 80, "Startdate 29-FEB-9996 X X X");

        Assert.Equal(2024, (await ScanAsync(file)).Header.StartTime?.Year);
    }

    [Theory]
    [InlineData("1.2.03", "4.5.6")]
    [InlineData(" 1. 2.03", " 4. 5. 6")]
    [InlineData("01/2/03", "04:5:06")]
    public async Task A_start_without_leading_zeros_is_read(string date, string time)
    {
        var recording = await ScanAsync((await WriteAsync()).With(168, 8, date).With(176, 8, time));

        Assert.Equal(new DateTime(2003, 2, 1, 4, 5, 6, DateTimeKind.Unspecified), recording.Header.StartTime);
    }

    [Theory]
    [InlineData("Startdate 01-FEB-1970 X X X")]
    [InlineData("Startdate 1-Feb-1970 X X X")]
    [InlineData("startdate 01-feb-1970")]
    public async Task A_full_date_is_read_however_it_is_written(string field)
    {
        byte[] file = (await WriteAsync(EdfVariant.EdfPlusContinuous)).With(88, 80, field).With(168, 8, "01.02.70");

        Assert.Equal(1970, (await ScanAsync(file)).Header.StartTime?.Year);
    }

    [Theory]
    [InlineData("01.01.85", 1985)]
    [InlineData("01.01.99", 1999)]
    [InlineData("01.01.00", 2000)]
    [InlineData("01.01.84", 2084)]
    public async Task Two_digit_years_turn_at_85(string date, int year)
    {
        var recording = await ScanAsync((await WriteAsync()).With(168, 8, date));

        Assert.Equal(year, recording.Header.StartTime?.Year);
    }

    [Fact]
    public async Task A_bdf_file_is_named_as_such()
    {
        byte[] file = (await WriteAsync()).With(0, 8, "\u00FFBIOSEMI");

        var error = await Assert.ThrowsAsync<RecordingFormatException>(() => ScanAsync(file));

        Assert.Contains("BDF", error.Message, StringComparison.Ordinal);
    }
}
