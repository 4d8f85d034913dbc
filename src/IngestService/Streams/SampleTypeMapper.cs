using Dendrite.Signals.Blocks;

namespace Dendrite.IngestService.Streams;

/// <summary>Between the contract's sample types and the store's, whose numbers both never change.</summary>
internal static class SampleTypeMapper
{
    /// <summary>A type of 0 bytes for a number that the contract does not know.</summary>
    public static SampleType ToStored(this V1.SampleType type) =>
        type switch
        {
            V1.SampleType.Int16 => SampleType.Int16,
            V1.SampleType.Int24 => SampleType.Int24,
            V1.SampleType.Int32 => SampleType.Int32,
            V1.SampleType.Float32 => SampleType.Float32,
            V1.SampleType.Float64 => SampleType.Float64,
            _ => default,
        };

    public static V1.SampleType ToContract(this SampleType type) =>
        type switch
        {
            SampleType.Int16 => V1.SampleType.Int16,
            SampleType.Int24 => V1.SampleType.Int24,
            SampleType.Int32 => V1.SampleType.Int32,
            SampleType.Float32 => V1.SampleType.Float32,
            SampleType.Float64 => V1.SampleType.Float64,
            _ => V1.SampleType.Unspecified,
        };
}
