using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.BrainVision;

/// <summary>The samples of a data file: binary or text.</summary>
internal abstract record BrainVisionSamples(long SampleCount)
{
    public abstract IAsyncEnumerable<SamplePiece> ReadAsync(
        Stream data,
        long first,
        CancellationToken cancellationToken
    );

    /// <summary>Checks that the data file holds what the header says, and counts its samples.</summary>
    public static async Task<BrainVisionSamples> CheckAsync(
        BrainVisionHeader header,
        Stream data,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        if (header.Sample is not { } sample)
        {
            return await BrainVisionText.CheckTextAsync(header, data, warnings, cancellationToken);
        }
        long bytes = Math.Max(0, data.Length - header.DataOffset - header.TrailerBytes);
        long whole = BinarySamples.WholeSamples(bytes, sample, header.Channels.Count);
        long rest = bytes - (whole * sample.Bytes * header.Channels.Count);
        long count = Settle(header, whole, warnings);
        // Where all of a channel stands in a row, a file cut short moves the beginning of every channel but the first.
        if (header.Vectorized && (rest != 0 || count != whole))
        {
            throw new RecordingFormatException(
                "data",
                data.Length,
                $"{bytes} bytes are not {header.DataPoints ?? whole} samples of {header.Channels.Count} channels "
                    + "that stand one behind the other (VECTORIZED). Copy the file again from its source.",
                header.DataFile.Text
            );
        }
        if (rest != 0)
        {
            warnings.Add(
                RecordingWarningKind.Truncated,
                $"sample {whole}",
                header.DataOffset + bytes - rest,
                $"Only {rest} of its {sample.Bytes * header.Channels.Count} bytes are there; left out.",
                header.DataFile.Text
            );
        }
        return new Binary(
            new(sample, header.Channels.Count, count) { Vectorized = header.Vectorized, Offset = header.DataOffset }
        );
    }

    /// <summary>How many samples count, of those that are there.</summary>
    public static long Settle(BrainVisionHeader header, long present, RecordingWarnings warnings)
    {
        var field = header.Ini.Find(BrainVisionIni.CommonInfos, "DataPoints");
        if (present == 0)
        {
            throw new RecordingFormatException("data", 0, "Holds no whole sample.", header.DataFile.Text);
        }
        if (header.DataPoints is not { } stated || stated == present)
        {
            return present;
        }
        string found = $"{stated}, but {header.DataFile.Text} holds {present} samples of each channel";
        var kind = stated > present ? RecordingWarningKind.RecordsMissing : RecordingWarningKind.BytesAfterLastRecord;
        string done = stated > present ? "it was cut short. Those were read." : "the rest is not read.";
        if (stated == 0)
        {
            return present;
        }
        warnings.Add(kind, "DataPoints", field.Offset, $"{found}: {done}");
        return Math.Min(stated, present);
    }

    private sealed record Binary(BinarySamples Samples) : BrainVisionSamples(Samples.SampleCount)
    {
        public override IAsyncEnumerable<SamplePiece> ReadAsync(
            Stream data,
            long first,
            CancellationToken cancellationToken
        ) => Samples.ReadAsync(data, first, cancellationToken);
    }
}
