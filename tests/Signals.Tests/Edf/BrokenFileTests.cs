using Dendrite.Signals.Edf;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Edf;

/// <summary>
/// The damaged files that lie beside the repository, each with the rule that applies (docs/edf-import.md).
/// </summary>
public sealed class BrokenFileTests
{
    [Theory]
    [InlineData("empty.edf", "version", 0)]
    [InlineData("bad_version.edf", "version", 0)]
    [InlineData("bdf_magic_edf_layout.bdf", "version", 0)]
    [InlineData("xdf_chunk_length_lie.xdf", "version", 0)]
    [InlineData("trunc_main_header.edf", "reserved", 200)]
    [InlineData("trunc_signal_header.edf", "signal 0: prefilter", 700)]
    [InlineData("ns_not_numeric.edf", "number of signals", 252)]
    [InlineData("ns_9999.edf", "number of signals", 252)]
    [InlineData("spr_negative.edf", "signal 2: samples per record", 920)]
    [InlineData("duration_comma.edf", "record duration", 244)]
    [InlineData("duration_zero_with_signals.edf", "record duration", 244)]
    [InlineData("invalid_date_zero_records.edf", "number of data records", 236)]
    public async Task It_is_refused_by_field_and_offset(string file, string field, long offset)
    {
        await using var stream = File.OpenRead(SharedData.Require($"broken/{file}"));

        var error = await Assert.ThrowsAsync<RecordingFormatException>(() =>
            EdfRecording.ScanAsync(stream, TestContext.Current.CancellationToken)
        );

        Assert.Equal((field, offset), (error.Field, error.Offset));
    }

    [Theory]
    [InlineData("trunc_mid_record.edf", 9, RecordingWarningKind.RecordsMissing, 236)]
    [InlineData("bdf_trunc_mid_record.bdf", 2, RecordingWarningKind.RecordsMissing, 236)]
    [InlineData("nrec_minus1.edf", 10, RecordingWarningKind.RecordCountUnknown, 236)]
    [InlineData("nrec_too_large.edf", 10, RecordingWarningKind.RecordsMissing, 236)]
    [InlineData("header_bytes_wrong.edf", 10, RecordingWarningKind.HeaderBytesWrong, 184)]
    [InlineData("dig_min_eq_dig_max.edf", 10, RecordingWarningKind.Uncalibrated, 640)]
    [InlineData("phys_min_eq_phys_max.edf", 10, RecordingWarningKind.Uncalibrated, 600)]
    [InlineData("non_ascii_label.edf", 10, RecordingWarningKind.TextNotAscii, 288)]
    [InlineData("tal_missing_timekeeping.edf", 8, RecordingWarningKind.TimekeepingMissing, null)]
    [InlineData("tal_unterminated.edf", 8, RecordingWarningKind.AnnotationMalformed, null)]
    public async Task It_is_imported_with_a_warning(string file, long records, RecordingWarningKind kind, int? offset)
    {
        await using var stream = File.OpenRead(SharedData.Require($"broken/{file}"));

        var recording = await EdfRecording.ScanAsync(stream, TestContext.Current.CancellationToken);

        Assert.Equal(records, recording.RecordCount);
        var warning = recording.Warnings.First(warning => warning.Kind == kind);
        Assert.Equal(offset ?? warning.Offset, warning.Offset);
    }

    [Theory]
    [InlineData("_base_valid_simulated-01.edf")]
    [InlineData("_base_valid_edfplusC_8rec.edf")]
    public async Task The_files_they_were_made_from_give_no_warning(string file)
    {
        await using var stream = File.OpenRead(SharedData.Require($"broken/{file}"));

        var recording = await EdfRecording.ScanAsync(stream, TestContext.Current.CancellationToken);

        Assert.Empty(recording.Warnings);
    }
}
