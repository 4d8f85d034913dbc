using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Edf;

/// <summary>
/// Reads and checks the main header: 256 bytes of fixed-width ASCII, then the same again for each signal.
/// </summary>
internal static class EdfHeaderReader
{
    private const int MaxSignals = 9999;
    private const decimal MinDurationSeconds = 1e-6m;
    private const decimal MaxDurationSeconds = 1e8m;

    private static readonly byte[] BdfMagic = [0xFF, .. "BIOSEMI"u8];

    /// <summary>Reads the header of a file, leaving <paramref name="stream"/> anywhere.</summary>
    /// <param name="stream">The whole file; seekable.</param>
    public static async Task<EdfHeader> ReadAsync(
        Stream stream,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        long fileBytes = stream.Length;
        byte[] main = new byte[EdfLayout.MainHeaderBytes];
        int length = await stream.ReadAtLeastAsync(main, main.Length, throwOnEndOfStream: false, cancellationToken);
        var width = ReadVersion(main.AsSpan(0, length), warnings);
        if (length < main.Length)
        {
            throw new RecordingFormatException(
                EdfLayout.MainFieldAt(length),
                length,
                $"The file ends here, inside its main header of {main.Length} bytes. Copy it again from its source."
            );
        }
        var fields = MainFields(main, warnings);
        int signals = (int)fields[9].ReadInteger(1, MaxSignals);
        CheckHeaderFits(fields, signals, fileBytes);
        byte[] signalHeaders = new byte[signals * EdfLayout.SignalHeaderBytes];
        await stream.ReadExactlyAsync(signalHeaders, cancellationToken);
        return Assemble(fields, new EdfSignalReader(signalHeaders, signals, width, warnings), fileBytes);
    }

    private static EdfSampleWidth ReadVersion(ReadOnlySpan<byte> main, RecordingWarnings warnings)
    {
        if (main.StartsWith(BdfMagic))
        {
            return EdfSampleWidth.Bdf;
        }
        var version = new EdfField("version", 0, main[..Math.Min(8, main.Length)], warnings);
        if (main.Length < 8)
        {
            throw version.Refuse(
                $"The file has {main.Length} bytes, less than its first field. Copy it again from its source."
            );
        }
        if (version.Text != "0")
        {
            throw version.Refuse(
                "An EDF file begins with '0' and seven spaces, a BDF file with the byte 255 and BIOSEMI. This is "
                    + "another format, or damaged."
            );
        }
        return EdfSampleWidth.Edf;
    }

    private static EdfField[] MainFields(ReadOnlySpan<byte> main, RecordingWarnings warnings)
    {
        var fields = new EdfField[EdfLayout.Main.Length];
        int offset = 0;
        for (int i = 0; i < fields.Length; i++)
        {
            var (name, width) = EdfLayout.Main[i];
            fields[i] = new(name, offset, main.Slice(offset, width), warnings);
            offset += width;
        }
        return fields;
    }

    private static void CheckHeaderFits(EdfField[] fields, int signals, long fileBytes)
    {
        long needed = EdfLayout.MainHeaderBytes + ((long)signals * EdfLayout.SignalHeaderBytes);
        if (needed <= fileBytes)
        {
            return;
        }
        if (fields[5].Text == needed.ToString())
        {
            throw new RecordingFormatException(
                EdfLayout.SignalFieldAt(fileBytes, signals),
                fileBytes,
                $"The file ends here, inside its header of {needed} bytes. Copy it again from its source."
            );
        }
        throw fields[9].Refuse($"{signals} signals need a header of {needed} bytes; the file has {fileBytes}.");
    }

    private static EdfHeader Assemble(EdfField[] fields, EdfSignalReader reader, long fileBytes)
    {
        string reserved = fields[6].ReadText();
        var variant =
            IsPlus(reserved, "D") ? EdfVariant.EdfPlusDiscontinuous
            : IsPlus(reserved, "") ? EdfVariant.EdfPlusContinuous
            : EdfVariant.Edf;
        string recording = fields[2].ReadText();
        var header = new EdfHeader
        {
            Variant = variant,
            Width = reader.Width,
            Patient = fields[1].ReadText(),
            Recording = recording,
            StartTime = EdfStartTime.Read(fields[3], fields[4], variant == EdfVariant.Edf ? "" : recording),
            RecordCount = fields[7].ReadInteger(-1, long.MaxValue),
            RecordDurationSeconds = fields[8].ReadDecimal(0, MaxDurationSeconds),
            Signals = reader.ReadAll(),
        };
        CheckDuration(fields[8], header);
        CheckAnnotationSignals(fields[6], header);
        CheckRecordBytes(header);
        CheckHeaderBytes(fields[5], header, fileBytes);
        return header;
    }

    /// <summary>Writers of BDF+ mark it in either way.</summary>
    private static bool IsPlus(string reserved, string kind) =>
        reserved.StartsWith("EDF+" + kind, StringComparison.Ordinal)
        || reserved.StartsWith("BDF+" + kind, StringComparison.Ordinal);

    private static void CheckDuration(in EdfField field, EdfHeader header)
    {
        bool hasSamples = header.Signals.Any(signal => !signal.IsAnnotations && signal.SamplesPerRecord > 0);
        if (hasSamples && header.RecordDurationSeconds < MinDurationSeconds)
        {
            throw field.Refuse(
                $"{field.Text} s with ordinary signals leaves their rate unknown. Set the seconds a record lasts."
            );
        }
    }

    private static void CheckAnnotationSignals(in EdfField reserved, EdfHeader header)
    {
        bool any = header.Signals.Any(signal => signal.IsAnnotations);
        if (header.Variant == EdfVariant.Edf && any)
        {
            reserved.Warn(
                RecordingWarningKind.AnnotationsWithoutEdfPlus,
                "A signal is called 'EDF Annotations' and the file does not call itself EDF+; read as EDF+C."
            );
        }
        if (header.Variant == EdfVariant.EdfPlusDiscontinuous && !any)
        {
            throw reserved.Refuse("EDF+D without an annotation signal: the times of its records cannot be known.");
        }
        if (header.Variant == EdfVariant.EdfPlusContinuous && !any)
        {
            reserved.Warn(
                RecordingWarningKind.AnnotationSignalMissing,
                "EDF+C without an annotation signal; read as plain EDF."
            );
        }
    }

    private static void CheckRecordBytes(EdfHeader header)
    {
        if (header.RecordBytes is 0 or > EdfLayout.MaxRecordBytes)
        {
            long offset = EdfSignalReader.OffsetOf(EdfSignalReader.SamplesPerRecord, 0, header.Signals.Count);
            throw new RecordingFormatException(
                "samples per record",
                offset,
                $"A data record of {header.RecordBytes} bytes; 1 to {EdfLayout.MaxRecordBytes} can be read."
            );
        }
    }

    /// <summary>
    /// The field repeats what the number of signals says. Where they differ, the size of the file can prove the field
    /// wrong; otherwise nobody knows where the data begins.
    /// </summary>
    private static void CheckHeaderBytes(in EdfField field, EdfHeader header, long fileBytes)
    {
        long stated = field.ReadInteger(0, long.MaxValue);
        if (stated == header.HeaderBytes)
        {
            return;
        }
        bool proved =
            header.RecordCount > 0
            && fileBytes == header.HeaderBytes + ((decimal)header.RecordCount * header.RecordBytes);
        if (!proved)
        {
            throw field.Refuse(
                $"{stated}, but {header.Signals.Count} signals have a header of {header.HeaderBytes} bytes. Correct "
                    + "the one that is wrong."
            );
        }
        field.Warn(
            RecordingWarningKind.HeaderBytesWrong,
            $"{stated}; the number of signals and the file's size both say {header.HeaderBytes}, which was used."
        );
    }
}
