using System.Runtime.InteropServices;

namespace Dendrite.Signals.Edf;

/// <summary>One data record. Its content changes when the reader goes on to the next.</summary>
public sealed class EdfRecord
{
    internal EdfRecord(byte[] buffer) => Buffer = buffer;

    /// <summary>Position among the records, from 0.</summary>
    public long Index { get; internal set; }

    /// <summary>Where it begins, in bytes from the start of the file.</summary>
    public long Offset { get; internal set; }

    internal byte[] Buffer { get; }

    /// <summary>The digital samples of an ordinary signal of an EDF file; those of a BDF file are bytes.</summary>
    public ReadOnlySpan<short> Samples(EdfSignal signal) =>
        // The format is little-endian, as are the hosts we run on (see Blocks/LittleEndianHost).
        MemoryMarshal.Cast<byte, short>(Bytes(signal));

    /// <summary>The bytes of any signal; annotation signals hold text.</summary>
    public ReadOnlySpan<byte> Bytes(EdfSignal signal) =>
        Buffer.AsSpan((int)signal.OffsetInRecord, (int)signal.RecordBytes);
}
